"""The tools around the map: sounds, snapshots, macros, automation, keyboard, recording, volume, silence."""

import io
import math
import struct
import wave

import pytest


def tone(seconds=0.5, rate=48000):
    data = io.BytesIO()
    with wave.open(data, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", int(20000 * math.sin(i * 0.06))) for i in range(int(seconds * rate))))
    return data.getvalue()


def test_dropped_sound_becomes_a_sampler(page, weft):
    page.run(
        """(bytes) => {
          const data = new DataTransfer(), box = weft.stage.element.getBoundingClientRect();
          data.items.add(new File([new Uint8Array(bytes)], "tone <1>.wav", { type: "audio/wav" }));
          weft.stage.element.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data, clientX: box.left + 300, clientY: box.top + 200 }));
        }""",
        list(tone()),
    )
    page.until("weft.app.patch.nodes.get('sampler')?.params.file?.endsWith('tone <1>.wav')")
    assert (weft.folder / "tone <1>.wav").exists() or list(weft.folder.rglob("tone <1>.wav"))


@pytest.mark.weft(patch="bass.json")
def test_snapshots_are_saved_and_recalled(page, weft):
    page.answer = "low"
    page.run("weft.app.setValue('filter', 'cutoff', 300)")
    page.tab.get_by_role("tab", name="Snapshots").click()
    page.tab.get_by_role("button", name="Save snapshot").click()
    page.tab.get_by_role("button", name="low", exact=True).wait_for()
    page.run("weft.app.setValue('filter', 'cutoff', 900)")
    page.until("weft.app.held.size === 0")
    page.tab.get_by_role("button", name="low", exact=True).click()
    page.until("weft.app.patch.value('filter', 'cutoff') === 300")


@pytest.mark.weft(patch="bass.json")
def test_macro_is_made_by_a_knob_and_drives_it(page, weft):
    page.run("weft.app.select(['filter'])")
    page.tab.locator("#inspector").get_by_role("slider", name="filter cutoff").click(button="right")
    page.tab.get_by_role("menuitem", name="Make a macro").click()
    page.until("weft.app.patch.rest.macros?.length === 1")
    page.tab.get_by_role("tab", name="Macros").click()
    dial = page.tab.locator("#panel-macros").get_by_role("slider").first
    dial.focus()
    page.tab.keyboard.press("End")
    highest = page.run("weft.app.registry.input('svf', 'cutoff').maximum")
    page.until(f"weft.app.patch.value('filter', 'cutoff') === {highest}")
    assert weft.send("/mod/filter/cutoff")[-1][1] == pytest.approx(highest)


@pytest.mark.weft(patch="bass.json")
def test_automation_moves_a_parameter(page, weft):
    page.run("weft.app.announce('automate', 'filter/cutoff')")
    page.tab.locator("#panel-automation [data-part=seconds]").fill("0.3")
    before = weft.send("/mod/filter/cutoff")[-1][1]
    page.tab.get_by_role("button", name="Automate").click()
    page.until(f"Math.abs(weft.app.patch.value('filter', 'cutoff') - {before}) > 1 || weft.app.automated.size > 0")


@pytest.mark.weft(patch="electric-piano.json")
def test_keyboard_sounds_and_panic_ends_it(page, weft):
    page.tab.get_by_role("tab", name="Keyboard").click()
    key = page.tab.locator(".keyboard .white").nth(14)
    box = key.bounding_box()
    page.tab.mouse.move(box["x"] + 12, box["y"] + 100)
    page.tab.mouse.down()
    weft.wait_for_sound()
    page.tab.get_by_role("button", name="Panic").focus()
    page.tab.keyboard.press("Enter")
    weft.wait_for_sound(False)
    page.tab.mouse.up()


@pytest.mark.weft(patch="bass.json")
def test_recording_and_volume(page, weft):
    record = page.tab.locator("[data-part=record]")
    record.click()
    page.until("document.querySelector('[data-part=record]').getAttribute('aria-pressed') === 'true'")
    assert record.inner_text() == "Stop"
    record.click()
    page.until("document.querySelector('[data-part=record]').getAttribute('aria-pressed') === 'false'")
    assert list(weft.folder.rglob("take-*.flac"))
    page.run("weft.actions.setVolume(-60)")
    weft.wait_for_sound(False)
