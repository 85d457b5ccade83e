/** Shows who publishes to a channel, or who consumes it: of a node of the tree, of the site at the cursor, else of a channel that is chosen. */

import * as vscode from "vscode";
import { allChannels, channelsOf, endsOf, type InFolder, mapsOf, sitesAt } from "../flows/lookup";
import type { Channel, FolderMap, Role } from "../flows/map";
import { locationOf } from "../flows/places";
import { pathWithin } from "../paths";
import type { FlowNode } from "../tree/nodes";

const ENDS = { publish: "producer", subscribe: "consumer" } as const;

export async function showEnds(role: Role, folders: readonly FolderMap[], node: FlowNode | undefined): Promise<void> {
  const channels = node === undefined ? channelsAtCursor(folders) : channelsOfNode(node, folders);
  const chosen = await chooseOne(channels.length > 0 ? channels : allChannels(folders));
  if (chosen === undefined) return;
  const sites = endsOf(chosen.item, role, chosen.map).filter((site) => site.origin === null);
  if (sites.length === 0) {
    void vscode.window.showInformationMessage(`No ${ENDS[role]} of ${chosen.item.name} is known in this workspace.`);
    return;
  }
  const locations = await Promise.all(sites.map((site) => locationOf({ ...site, folder: chosen.folder })));
  await peek(locations);
}

/** Peek at the cursor where there is an editor; a single place is gone to. */
async function peek(locations: readonly vscode.Location[]): Promise<void> {
  const [first] = locations;
  if (first === undefined) return;
  const editor = vscode.window.activeTextEditor ?? (await vscode.window.showTextDocument(first.uri, { selection: first.range }));
  if (locations.length === 1) {
    await vscode.window.showTextDocument(first.uri, { selection: first.range });
    return;
  }
  await vscode.commands.executeCommand("editor.action.peekLocations", editor.document.uri, editor.selection.active, locations, "peek");
}

function channelsOfNode(node: FlowNode, folders: readonly FolderMap[]): InFolder<Channel>[] {
  return allChannels(folders).filter(({ folder, item }) => folder === node.channel?.folder && item.id === node.channel.id);
}

function channelsAtCursor(folders: readonly FolderMap[]): InFolder<Channel>[] {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return [];
  const line = editor.selection.active.line + 1;
  return mapsOf(folders).flatMap(({ folder, map }) => {
    const file = pathWithin(vscode.Uri.parse(folder, true).fsPath, editor.document.uri.fsPath, process.platform);
    const channels = new Set((file === null ? [] : sitesAt(file, line, map)).flatMap((site) => channelsOf(site, map)));
    return [...channels].map((item) => ({ folder, map, item }));
  });
}

async function chooseOne(channels: readonly InFolder<Channel>[]): Promise<InFolder<Channel> | undefined> {
  if (channels.length <= 1) return channels[0];
  const items = channels.map((channel) => ({ label: channel.item.name, description: `${channel.item.broker} ${channel.item.kind}`, channel }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: "Which channel?", matchOnDescription: true });
  return chosen?.channel;
}
