/** Which documents the server is told of: sources in the languages that it reads, and the configuration beside them. */

/** VS Code's identifiers of the languages whose sources are read. The extension starts with the first file of one of them. */
export const SOURCE_LANGUAGES = [
  "typescript",
  "typescriptreact",
  "javascript",
  "javascriptreact",
  "python",
  "java",
  "kotlin",
  "go",
  "csharp",
] as const;

/** By name, since the languages of most are known to VS Code only where another extension brings them. */
const FILES_BY_NAME = [
  "**/*.{kt,kts}",
  "**/*.{json,jsonc,json5,yaml,yml,toml,ini,cfg,conf,properties,env}",
  "**/*.{avsc,avdl,proto,tf,tfvars,tpl,csproj,sql}",
  "**/{.env,.env.*,Dockerfile,Dockerfile.*,Procfile,go.mod,pom.xml}",
] as const;

export type DocumentFilter = { readonly scheme: "file"; readonly language: string } | { readonly scheme: "file"; readonly pattern: string };

export const DOCUMENTS: readonly DocumentFilter[] = [
  ...SOURCE_LANGUAGES.map((language) => ({ scheme: "file", language }) as const),
  ...FILES_BY_NAME.map((pattern) => ({ scheme: "file", pattern }) as const),
];
