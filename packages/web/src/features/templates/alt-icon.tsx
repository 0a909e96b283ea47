import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { type Alt, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { GameIcon } from '../../ui/game-icon.tsx'
import { Failure } from '../../ui/parts.tsx'
import { altQuery } from './templates-queries.ts'

/** The picture that the catalogue shows; the panel draws what is chosen anew. */
export function AltIcon({ alt }: { alt: Alt }) {
  const texts = useTexts().templates
  const queries = useQueryClient()
  const field = useRef<HTMLInputElement>(null)
  const save = useMutation({
    mutationFn: async (file: File | null) => {
      const icon = file && (await dataAddressOf(file))
      return answerOf(
        api.PATCH('/api/v1/alts/{id}', { params: { path: { id: alt.id } }, body: { icon } })
      )
    },
    onSuccess(saved) {
      queries.setQueryData(altQuery(alt.id).queryKey, saved)
      return queries.invalidateQueries({ queryKey: ['alts'] })
    }
  })
  return (
    <section className="card stack">
      <div className="row">
        <GameIcon alt={alt} />
        <div className="grow">
          <h2>{texts.icon}</h2>
          <p className="quiet">{texts.iconText}</p>
        </div>
        <input
          ref={field}
          type="file"
          accept="image/png,image/jpeg"
          aria-label={texts.iconChoose}
          hidden
          onChange={event => {
            const file = event.currentTarget.files?.[0]
            event.currentTarget.value = ''
            if (file) save.mutate(file)
          }}
        />
        <Button variant="default" loading={save.isPending} onClick={() => field.current?.click()}>
          {texts.iconChoose}
        </Button>
        {alt.icon && (
          <Button variant="subtle" disabled={save.isPending} onClick={() => save.mutate(null)}>
            {texts.iconRemove}
          </Button>
        )}
      </div>
      <Failure error={save.error} />
    </section>
  )
}

function dataAddressOf(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}
