export interface EggFile {
  name: string
  content: string
}

const MAX_FILES = 20
/** Of the text as it is sent: well below what one request may have. */
const MAX_BYTES = 1_500_000
/** What is as large, or empty, may be refused as a whole: it is not to take others along. */
const ODD_BYTES = 600_000

/** Few enough in each request that it is seen to go on. */
export function batchesOf(files: readonly EggFile[]): EggFile[][] {
  const batches: EggFile[][] = []
  let open: { files: EggFile[]; bytes: number } | undefined
  for (const file of files) {
    const bytes = new TextEncoder().encode(JSON.stringify(file)).length
    if (file.content === '' || bytes > ODD_BYTES) {
      batches.push([file])
      continue
    }
    if (!open || open.files.length === MAX_FILES || open.bytes + bytes > MAX_BYTES) {
      open = { files: [], bytes: 0 }
      batches.push(open.files)
    }
    open.files.push(file)
    open.bytes += bytes
  }
  return batches
}
