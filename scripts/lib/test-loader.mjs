import { environment } from './environment.mjs'

/**
 * For tap's test files: tsx reads their TypeScript. tap's own way, ts-node, costs each file five seconds of a
 * processor before it begins (on Node 20, which cannot strip types itself).
 */
if (process.argv[1]?.endsWith('.test.ts')) {
  // tap's ts-node leaves it to Node then, which is to say to the loader below.
  environment.TAP_TYPE_STRIP_ONLY = '1'
  await import('tsx/esm')
  // What the tests start is no test.
  const ours = /--import=\S*test-loader\.mjs/
  environment.NODE_OPTIONS = environment.NODE_OPTIONS?.replace(ours, '')
}
