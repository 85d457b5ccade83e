/** The frame of the flow graph's page. Only the extension's own script and style sheet run in it, and nothing is fetched from elsewhere. */

export interface PageParts {
  /** What VS Code serves the extension's files from. */
  readonly source: string;
  readonly script: string;
  readonly style: string;
  /** New for each page. */
  readonly nonce: string;
}

export function pageOf({ source, script, style, nonce }: PageParts): string {
  // `data:` is the drawing itself, on its way into a PNG.
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${source}; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Event Flow Graph</title>
</head>
<body>
<header id="toolbar"></header>
<main id="graph"><div id="note" role="status" aria-live="polite"></div></main>
<aside id="details" aria-label="Details" hidden></aside>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>
`;
}
