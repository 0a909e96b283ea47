import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type EggResult } from '../../api/client.ts'
import { explain, Problem } from '../../api/problem.ts'
import { useTexts } from '../../texts/language.tsx'
import { batchesOf, type EggFile } from './import-batches.ts'

/** More than the panel takes in one request. */
const MAX_FILE_BYTES = 4 * 1_048_576

/** Sends files in parts, and tells what came of each as it is known. */
export function useImport(ctrlId: string) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [results, setResults] = useState<EggResult[]>([])
  const [total, setTotal] = useState(0)
  const add = (more: EggResult[]) => setResults(old => [...old, ...more])

  async function sendBatch(files: EggFile[]): Promise<EggResult[]> {
    const params = { path: { id: ctrlId } }
    const asked = api.POST('/api/v1/ctrls/{id}/alts/import-many', { params, body: { files } })
    return answerOf(asked).then(
      ({ data }) => data,
      (error: unknown) => {
        if (error instanceof Problem && error.status === 401) throw error
        return files.map(({ name }) => refused(name, explain(error, texts)))
      }
    )
  }

  const run = useMutation({
    async mutationFn(files: readonly File[]) {
      setResults([])
      setTotal(files.length)
      const read = await Promise.all(files.map(readFile))
      add(
        read.flatMap(one => ('content' in one ? [] : refused(one.name, texts.importing[one.why])))
      )
      const eggs = read.flatMap(one => ('content' in one ? one : []))
      for (const batch of batchesOf(eggs)) add(await sendBatch(batch))
    },
    onSettled: () =>
      Promise.all(
        ['alts', 'alt', 'ctrls'].map(key => queries.invalidateQueries({ queryKey: [key] }))
      )
  })
  return { ...run, results, total }
}

async function readFile(
  file: File
): Promise<EggFile | { name: string; why: 'tooLarge' | 'unreadable' }> {
  const { name } = file
  if (file.size > MAX_FILE_BYTES) return { name, why: 'tooLarge' }
  return file.text().then(
    content => ({ name, content }),
    () => ({ name, why: 'unreadable' as const })
  )
}

function refused(name: string, message: string): EggResult {
  return { name, outcome: 'refused', warnings: [], error: { code: 'REFUSED', message } }
}
