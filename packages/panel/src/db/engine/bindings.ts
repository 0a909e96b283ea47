import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { SchemaEngine } from '@prisma/schema-engine-wasm'

type EngineExports = Record<string, unknown>

/** What the WebAssembly glue offers beside its published types. */
interface EngineBindings {
  SchemaEngine: {
    new: (
      options: { datamodels: Array<[string, string]> },
      log: () => void,
      adapter: object
    ) => Promise<SchemaEngine>
  }
  __wbg_set_wasm(exports: EngineExports): void
}

/** Node has WebAssembly, the types of Node 20 do not. */
interface WebAssemblyHost {
  WebAssembly: {
    instantiate(
      code: Uint8Array,
      imports: Record<string, object>
    ): Promise<{ instance: { exports: EngineExports } }>
  }
  PRISMA_WASM_PANIC_REGISTRY?: { set_message(message: string): void }
}

const loaded = new Map<'engine', Promise<EngineBindings>>()

/** Loads the engine once for the process: its glue has one place for the instance. */
export function loadEngineBindings(): Promise<EngineBindings> {
  const bindings = loaded.get('engine') ?? load()
  loaded.set('engine', bindings)
  return bindings
}

async function load(): Promise<EngineBindings> {
  const host = globalThis as unknown as WebAssemblyHost
  host.PRISMA_WASM_PANIC_REGISTRY ??= { set_message: () => undefined }
  // Its glue alone: the package's own entry imports the .wasm file as a module, which Node cannot.
  const specifier: string = '@prisma/schema-engine-wasm/schema_engine_bg'
  const bindings: EngineBindings = await import(specifier)
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'))
  const code = await readFile(join(folder, 'schema_engine_bg.wasm'))
  const { instance } = await host.WebAssembly.instantiate(code, {
    './schema_engine_bg.js': bindings
  })
  bindings.__wbg_set_wasm(instance.exports)
  const start = instance.exports.__wbindgen_start
  if (typeof start === 'function') start()
  return bindings
}
