// A client of the engine: the token, the state, and a list of the nodes.
import { decode, encode } from "/ui/osc.js"

const shown = document.getElementById("state"), list = document.getElementById("nodes")

function token() {
  const given = new URLSearchParams(location.hash.slice(1)).get("t")
  if (given) {
    sessionStorage.setItem("token", given)
    history.replaceState(null, "", location.pathname)
  }
  return sessionStorage.getItem("token") ?? ""
}

function show(state) {
  const nodes = Object.entries(state.draft.nodes)
  shown.textContent = `${state.draft.name || "Patch"}: ${nodes.length} nodes, revision ${state.revision}`
  list.replaceChildren(...nodes.map(([id, node]) => {
    const item = document.createElement("li")
    item.textContent = `${node.label || id} (${node.type})`
    return item
  }))
}

function connect() {
  const socket = new WebSocket(`ws://${location.host}/`)
  socket.binaryType = "arraybuffer"
  const send = async (...message) => socket.send(await encode(...message))
  socket.onopen = async () => {
    await send("/token", token())
    await send("/edits", "on")
  }
  socket.onmessage = ({ data }) => {
    const { address, arguments: args } = decode(data)
    if (address === "/state") show(JSON.parse(args.at(-1)))
    if (address === "/notify/edit") send("/edits", "on")
    if (address === "/fail") shown.textContent = args.slice(1).join(": ")
  }
  socket.onclose = ({ code, reason }) => {
    if (code !== 1006) shown.textContent = reason || "Closed"
    setTimeout(connect, 500)
  }
}
connect()
