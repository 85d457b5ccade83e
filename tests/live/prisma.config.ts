import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { defineConfig } from "prisma/config";

// `prisma migrate` without the engine that it would get from the network: its WebAssembly build over the adapter. The adapter
// cannot read the catalogue's own type of names, so they are declared to be the texts that they are.
const CATALOGUE_NAME = 19;
const TEXT = 25;
const result = (pg as any).Result.prototype;
const { addFields } = result;
result.addFields = function (fields: { dataTypeID: number }[]): void {
  for (const field of fields) {
    field.dataTypeID = field.dataTypeID === CATALOGUE_NAME ? TEXT : field.dataTypeID;
  }
  addFields.call(this, fields);
};

export default defineConfig({
  experimental: { adapter: true },
  engine: "js",
  schema: "prisma/schema.prisma",
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 1 }),
});
