import Testing

import Web

/// The modules of the page in one script.
@Suite struct PageScriptTests {
  @Test func scriptHoldsModulesInTheOrderOfTheirImports() {
    let script = PageScript.joined(
      [
        "main.js": "// Start.\nimport { b } from \"./b.js\";\nimport { a } from \"./a.js\";\nb(a);",
        "a.js": "export const a = 1;\nconst list = [\n  \"export \"];\nexport { list };",
        "b.js": "import { a } from \"./a.js\";\nexport function b() {}\n  export = 2;", "unused.js": "never",
      ], from: "main.js")
    #expect(
      script == """
        // a.js
        const a = 1;
        const list = [
          "export "];
        // b.js
        function b() {}
          export = 2;
        // main.js
        // Start.
        b(a);

        """)
  }

  @Test func scriptIsNotMadeWithoutOneOfItsModules() {
    #expect(PageScript.joined(["main.js": "import { b } from \"./b.js\";"], from: "main.js") == nil)
  }
}
