import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type EggResult } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { ImportResults } from './import-results.tsx'

/** The panel fetches it, not the browser. */
export function ImportAddress({ ctrlId }: { ctrlId: string }) {
  const texts = useTexts().importing
  const queries = useQueryClient()
  const [url, setUrl] = useState('')
  const take = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/ctrls/{id}/alts/import', {
          params: { path: { id: ctrlId } },
          body: { url: url.trim() }
        })
      ),
    onSuccess: () =>
      Promise.all(
        ['alts', 'alt', 'ctrls'].map(key => queries.invalidateQueries({ queryKey: [key] }))
      )
  })
  const results: EggResult[] = take.data
    ? [{ ...take.data, name: take.data.alt.name, altId: take.data.alt.id }]
    : []
  return (
    <>
      <Form className="card stack" onSubmit={take.mutate}>
        <TextInput
          type="url"
          label={texts.address}
          description={texts.addressHint}
          placeholder="https://"
          required
          maxLength={2_048}
          value={url}
          onChange={event => setUrl(event.currentTarget.value)}
        />
        <Failure error={take.error} />
        <div>
          <Button type="submit" variant="default" loading={take.isPending}>
            {texts.fetch}
          </Button>
        </div>
      </Form>
      {results.length > 0 && <ImportResults results={results} />}
    </>
  )
}
