/** The page of the flow graph: takes maps from the extension, draws what the filter leaves of them, follows mouse and keys. */

import type { CodePlace } from "../../flows/map";
import { type Direction, neighbour } from "../directions";
import { choices, EVERYTHING, type Filter, filtered, still } from "../filter";
import { isLarge, layOut, type Layout } from "../layout";
import type { ExportFormat, FromPage, GraphState, MapMessage, ToPage } from "../messages";
import { buildGraph, type Graph } from "../model";
import { showDetails } from "./details";
import { type Drawing, draw } from "./drawing";
import { byId, svg } from "./elements";
import { measureInPage } from "./measure";
import { noteFor } from "./notes";
import { asPng, asSvg } from "./picture";
import { Toolbar } from "./toolbar";
import { Viewport } from "./viewport";
import "./graph.css";

interface Kept {
  readonly filter: Filter;
}

/** What VS Code gives a page. */
interface Host {
  postMessage(message: FromPage): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
}

declare function acquireVsCodeApi(): Host;

const KEYS: Readonly<Record<string, Direction>> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };
const NOTHING: Graph = { nodes: [], edges: [] };

class Page {
  private graph = NOTHING;
  private state: GraphState = "indexing";
  private filter: Filter;
  private layout: Layout = { width: 0, height: 0, nodes: [], edges: [] };
  private drawing: Drawing | null = null;
  private selected: string | null = null;
  /** What is drawn, as text: a map that changes nothing of it moves nothing. */
  private drawn = "";
  /** Layouts that are overtaken by a later one are dropped. */
  private turn = 0;
  private readonly stage = svg("svg", { id: "stage", role: "group", "aria-label": "Flow graph. Arrow keys lead from node to node, Enter opens the code." });
  private readonly content = svg("g", { id: "content" });
  private readonly details = byId("details");
  private readonly toolbar: Toolbar;
  private readonly viewport: Viewport;

  constructor(private readonly host: Host) {
    this.filter = host.getState()?.filter ?? EVERYTHING;
    this.stage.append(this.content);
    byId("graph").append(this.stage);
    this.viewport = new Viewport(this.stage, this.content);
    this.toolbar = new Toolbar(byId("toolbar"), {
      filter: (filter) => void this.refilter(filter),
      zoom: (factor) => {
        this.viewport.zoom(factor);
      },
      fit: () => {
        this.viewport.fit();
      },
      save: (format) => void this.save(format),
    });
    this.listen();
  }

  /** A map has come. */
  async receive({ folders, state }: MapMessage): Promise<void> {
    this.graph = buildGraph(folders);
    this.state = state;
    const offered = choices(this.graph);
    if (this.graph.nodes.length > 0) this.filter = still(this.filter, offered);
    this.toolbar.offer(offered, this.filter);
    await this.redraw();
  }

  private async refilter(filter: Filter): Promise<void> {
    this.filter = filter;
    this.host.setState({ filter });
    await this.redraw();
  }

  private async redraw(): Promise<void> {
    const turn = ++this.turn;
    const shown = filtered(this.graph, this.filter);
    const text = JSON.stringify(shown);
    if (text !== this.drawn) {
      if (isLarge(shown)) await this.tell("Drawing a large graph…");
      const layout = await layOut(shown, measureInPage(), this.stage.getBoundingClientRect()).catch(reported);
      if (turn !== this.turn) return;
      if (layout === null) {
        await this.tell("This graph could not be laid out; filters make it smaller.");
        return;
      }
      this.drawn = text;
      this.show(layout);
    }
    byId("note").textContent = noteFor({ state: this.state, known: this.graph.nodes.length, shown: shown.nodes.length });
    document.body.classList.toggle("empty", shown.nodes.length === 0);
  }

  private show(layout: Layout): void {
    const hadFocus = this.stage.contains(document.activeElement);
    const sameNodes = ids(layout) === ids(this.layout);
    this.layout = layout;
    this.drawing = draw(layout);
    this.content.replaceChildren(this.drawing.root);
    this.viewport.resize(layout);
    if (!sameNodes) this.viewport.fit();
    this.select(layout.nodes.some(({ node }) => node.id === this.selected) ? this.selected : null);
    if (hadFocus) this.current()?.focus({ preventScroll: true });
  }

  /** Say something, and wait until it is seen. */
  private async tell(note: string): Promise<void> {
    byId("note").textContent = note;
    await new Promise((seen) => {
      setTimeout(seen, 50);
    });
  }

  /** Show the details of a node and dim what it has nothing to do with; null: of none. */
  private select(id: string | null): void {
    this.selected = id;
    const { nodes, edges } = this.layout;
    const own = edges.filter(({ edge }) => edge.from === id || edge.to === id).map(({ edge }) => edge);
    const near = new Set([...own.map((edge) => edge.id), ...own.flatMap(({ from, to }) => [from, to])]);
    const node = nodes.find((placed) => placed.node.id === id)?.node;
    for (const [key, element] of [...(this.drawing?.nodes ?? []), ...(this.drawing?.edges ?? [])]) {
      element.classList.toggle("far", node !== undefined && key !== id && !near.has(key));
      element.classList.toggle("selected", key === id);
    }
    this.moveTabStop();
    this.details.hidden = node === undefined;
    if (node !== undefined) {
      showDetails(this.details, node, this.graph, (place) => {
        this.open(place);
      });
    }
  }

  /** Tab enters the graph at the selected node, else at the first. */
  private moveTabStop(): void {
    const stop = this.current();
    for (const element of this.drawing?.nodes.values() ?? []) element.setAttribute("tabindex", element === stop ? "0" : "-1");
  }

  private current(): SVGGElement | undefined {
    const id = this.selected ?? this.layout.nodes[0]?.node.id;
    return id === undefined ? undefined : this.drawing?.nodes.get(id);
  }

  private open(place: CodePlace | null): void {
    if (place !== null) this.host.postMessage({ type: "open", place });
  }

  private async save(format: ExportFormat): Promise<void> {
    if (this.drawing === null) return;
    this.select(null);
    const content = format === "svg" ? asSvg(this.drawing.root, this.layout) : await asPng(this.drawing.root, this.layout);
    this.host.postMessage({ type: "export", format, content });
  }

  private listen(): void {
    this.stage.addEventListener("click", (event) => {
      this.clicked(event);
    });
    this.stage.addEventListener("dblclick", (event) => {
      this.open(this.nodeAt(event.target)?.place ?? null);
    });
    this.stage.addEventListener("focusin", (event) => {
      const node = this.nodeAt(event.target);
      if (node !== undefined && node.id !== this.selected) this.select(node.id);
      if (event.target instanceof Element && event.target.matches(".node:focus-visible")) this.viewport.reveal(event.target, this.details.offsetWidth);
    });
    document.addEventListener("keydown", (event) => {
      this.pressed(event);
    });
    window.addEventListener("message", ({ data }: MessageEvent<ToPage>) => void this.receive(data));
    new ResizeObserver(() => {
      this.viewport.fit();
    }).observe(byId("graph"));
  }

  private clicked(event: MouseEvent): void {
    const node = this.nodeAt(event.target);
    const edge = this.layout.edges.find((placed) => placed.edge.id === idAt(event.target))?.edge;
    if (edge !== undefined) this.open(edge.place);
    else if (node !== undefined && (event.ctrlKey || event.metaKey)) this.open(node.place);
    else this.select(node?.id ?? null);
  }

  private pressed(event: KeyboardEvent): void {
    if (event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement) return;
    const direction = KEYS[event.key];
    const node = this.layout.nodes.find((placed) => placed.node.id === idAt(event.target));
    if (direction !== undefined && node !== undefined) this.go(neighbour(this.layout.nodes, node, direction)?.node.id);
    else if (event.key === "Enter" && node !== undefined) this.open(node.node.place);
    else if (event.key === "Home" && node !== undefined) this.go(this.layout.nodes[0]?.node.id);
    else if (event.key === "End" && node !== undefined) this.go(this.layout.nodes.at(-1)?.node.id);
    else if (event.key === "Escape") this.select(null);
    else if (event.key === "/") this.toolbar.focusSearch();
    else if (event.key === "+") this.viewport.zoom(1.25);
    else if (event.key === "-") this.viewport.zoom(1 / 1.25);
    else if (event.key === "0") this.viewport.fit();
    else return;
    event.preventDefault();
  }

  private go(id: string | undefined): void {
    const element = id === undefined ? undefined : this.drawing?.nodes.get(id);
    element?.focus({ preventScroll: true });
  }

  private nodeAt(target: EventTarget | null): Graph["nodes"][number] | undefined {
    return this.layout.nodes.find((placed) => placed.node.id === idAt(target))?.node;
  }
}

function ids({ nodes }: Layout): string {
  return nodes.map(({ node }) => node.id).join("\n");
}

/** For the developer's tools of the web view. */
function reported(problem: unknown): null {
  console.error(problem);
  return null;
}

/** The id of the node or edge that an element belongs to. */
function idAt(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest("[data-id]")?.getAttribute("data-id") ?? null) : null;
}

const host = acquireVsCodeApi();
new Page(host);
host.postMessage({ type: "ready" });
