// Starts the page: registry, connection, views.
import { Actions } from "./actions.js";
import { App } from "./app.js";
import { Cards, make } from "./cards.js";
import { Connection } from "./connection.js";
import { Drawer } from "./drawer.js";
import { Gestures } from "./gestures.js";
import { Inspector, isPhone } from "./inspector.js";
import { Library } from "./library.js";
import { Outline } from "./outline.js";
import { Registry } from "./registry.js";
import { Shortcuts } from "./shortcuts.js";
import { explainSilence } from "./silence.js";
import { Stage } from "./stage.js";
import { TopBar, showToast } from "./topbar.js";

const find = (id) => document.getElementById(id);

/// The token of the link (#t=…) is kept for this tab, and taken out of the address.
function readToken() {
	const given = /[#&]t=([^&]+)/.exec(location.hash)?.[1];
	if (given) {
		sessionStorage.setItem("weft.token", given);
		localStorage.setItem("weft.token", given);
		history.replaceState(null, "", location.pathname + location.search);
	}
	return sessionStorage.getItem("weft.token") ?? localStorage.getItem("weft.token") ?? "";
}

async function loadRegistry(token) {
	for (let delay = 200; ; delay = Math.min(1500, delay * 1.5)) {
		try {
			const response = await fetch("/modules.json", token ? { headers: { Authorization: `Bearer ${token}` } } : {});
			if (response.status === 401 || response.status === 403) return null;
			if (response.ok) {
				const modules = await response.json();
				return new Registry(modules.modules ?? modules);
			}
		} catch {
			// The engine is not there yet.
		}
		await new Promise((resolve) => setTimeout(resolve, delay));
	}
}

async function start() {
	if (!("WebSocket" in globalThis)) {
		document.body.dataset.phase = "unsupported";
		return;
	}
	const token = readToken(), connection = new Connection(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/`, token);
	connection.open(); // a handshake takes as long as the list of modules: both at once
	const registry = await loadRegistry(token);
	if (!registry) {
		document.body.dataset.phase = "refused";
		return;
	}
	const app = new App(registry, connection);
	const actions = new Actions(app), stage = new Stage(app, find("stage"));
	const toasts = find("toasts");
	new Cards(app, stage, find("cards"));
	new Inspector(app, actions, find("inspector"));
	const gestures = new Gestures(app, stage, actions, find("hint"));
	const library = new Library(app, actions, stage, find("library"));
	const outline = new Outline(app, actions, stage, find("outline"));
	const topBar = new TopBar(app, actions, find("top"));
	const drawer = new Drawer(app, actions, find("drawer"));
	const shortcuts = new Shortcuts({ app, stage, actions, library, drawer, topBar, gestures });
	showViews(app, drawer, showSide(outline));
	showZooms(stage);
	showEmpty(app, { add: () => gestures.addAtMiddle(), open: () => topBar.open(), keys: () => shortcuts.help() });
	showPresence(app);
	app.addEventListener("problem", ({ detail }) => {
		if (!detail.author) showToast(toasts, detail.message, drawer.remedies(detail), true);
	});
	app.addEventListener("say", ({ detail }) => showToast(toasts, detail));
	app.addEventListener("reveal", ({ detail }) => stage.reveal(detail));
	app.addEventListener("replace", ({ detail }) => gestures.replaceMenu(detail.id, detail.x, detail.y));
	app.addEventListener("why", ({ detail }) => explainSilence({ app, actions, drawer, toasts }, detail));
	document.addEventListener("visibilitychange", () => app.subscribeLevels());
	app.receiveStatus(connection.status);
	Object.assign(globalThis, { weft: { app, stage, actions, drawer } }); // for the browser's console and the tests
}

/// The left side: modules or the list of nodes.
function showSide(outline) {
	const tabs = [...document.querySelectorAll("#side [role=tab]")];
	const show = (tab) => {
		for (const other of tabs) {
			const isShown = other === tab;
			other.setAttribute("aria-selected", String(isShown));
			other.tabIndex = isShown ? 0 : -1;
			find(other.getAttribute("aria-controls")).hidden = !isShown;
		}
		outline.show();
	};
	for (const tab of tabs) {
		tab.addEventListener("click", () => show(tab));
		tab.addEventListener("keydown", (event) => {
			if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
			const other = tabs[(tabs.indexOf(tab) + 1) % tabs.length];
			show(other);
			other.focus();
			event.stopPropagation();
		});
	}
	show(tabs[0]);
	return (name) => show(find(`tab-${name}`));
}

/// The views of a phone; it begins with the list, where a whole patch is too wide for its map.
function showViews(app, drawer, showSideTab) {
	const buttons = [...document.querySelectorAll("#views button")];
	const show = (view, tool = "macros") => {
		document.body.dataset.view = view;
		for (const button of buttons) button.setAttribute("aria-current", String(button.dataset.view === view));
		if (drawer.shown !== tool || view === "play") drawer.show(view === "play" ? "keys" : view === "more" ? tool : null, view === "play" ? "macros" : null);
		if (view === "list") showSideTab("outline");
	};
	for (const button of buttons) button.addEventListener("click", () => show(button.dataset.view));
	app.addEventListener("view", ({ detail }) => isPhone() && show(detail.view, detail.tool));
	if (isPhone()) show("list");
}

function showZooms(stage) {
	for (const button of document.querySelectorAll(".zooms button")) button.addEventListener("click", () => {
		const { zoom } = button.dataset;
		if (zoom === "fit") stage.fit();
		else if (zoom === "legend") document.querySelector(".legend").classList.toggle("shown");
		else stage.zoomAtNodes(Number(zoom));
	});
}

/// The invitation on the map of a patch without nodes.
function showEmpty(app, actions) {
	const element = find("empty");
	const show = () => (element.hidden = app.phase !== "ready" || app.patch.nodes.size > 0);
	for (const button of element.querySelectorAll("button")) button.addEventListener("click", () => actions[button.dataset.action]());
	for (const event of ["patch", "status"]) app.addEventListener(event, show);
	show();
}

function showPresence(app) {
	const element = find("presence");
	app.addEventListener("clients", () => {
		const others = [...app.session.clients.values()].filter((client) => client.id !== app.session.client && client.name);
		const isPages = others.every((client) => client.name === "page"), noun = isPages ? "page" : "client";
		element.replaceChildren(...(others.length ? [make("b", "", String(others.length)), make("span", "", ` other ${noun}${others.length > 1 ? "s" : ""}`)] : []));
		element.title = others.map((client) => `${client.name} (client ${client.id})${client.selects.length ? `: ${client.selects.join(", ")}` : ""}`).join("\n");
	});
}

start();
