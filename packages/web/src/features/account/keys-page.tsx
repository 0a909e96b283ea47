import '../../ui/lists.css'
import { Button } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type ApiKey, answerOf, api } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { Empty, Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { usePermissionWords } from '../permissions/permissions.ts'
import { NewKey } from './new-key.tsx'

const keysQuery = pagedQuery(['api-keys'], ({ signal, page }) =>
  answerOf(api.GET('/api/v1/api-keys', { signal, params: { query: page } }))
)

export function KeysPage() {
  const texts = useTexts().account
  const queries = useQueryClient()
  const list = useInfiniteQuery(keysQuery)
  const [isAdding, setIsAdding] = useState(false)
  const remove = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: ['api-keys'] })
  })
  const add = !isAdding && (
    <Button leftSection={<PlusIcon />} onClick={() => setIsAdding(true)}>
      {texts.addKey}
    </Button>
  )
  return (
    <div className="stack narrow">
      {isAdding && <NewKey onDone={() => setIsAdding(false)} />}
      <PagedList
        list={list}
        empty={
          !isAdding && (
            <Empty title={texts.noKeys} text={texts.noKeysText}>
              {add}
            </Empty>
          )
        }
      >
        {keys => (
          <section className="card stack">
            <div className="row">
              <h2 className="grow">{texts.keys}</h2>
              {add}
            </div>
            <Failure error={remove.error} />
            <ul className="lines" aria-label={texts.keys}>
              {keys.map(key => (
                <li key={key.id} className="line">
                  <KeyWords apiKey={key} />
                  <SureButton
                    label={texts.deleteKey}
                    name={texts.deleteKeyOf(key.name)}
                    text={texts.deleteKeyQuestion}
                    onSure={() => remove.mutate(key.id)}
                  />
                </li>
              ))}
            </ul>
          </section>
        )}
      </PagedList>
    </div>
  )
}

function KeyWords({ apiKey }: { apiKey: ApiKey }) {
  const texts = useTexts().account
  const { language } = useLanguage()
  const words = usePermissionWords()
  const day = (at: string) => new Date(at).toLocaleDateString(language, { dateStyle: 'medium' })
  const { permissions, lastUsedAt, expiresAt, allowedIps } = apiKey
  const facts = [
    lastUsedAt ? texts.lastUsed(new Date(lastUsedAt).toLocaleString(language)) : texts.neverUsed,
    expiresAt ? texts.keyUntil(day(expiresAt)) : texts.keyForever,
    ...(allowedIps.length > 0 ? [texts.keyFrom(allowedIps.join(', '))] : [])
  ]
  return (
    <div className="grow">
      <strong>{apiKey.name}</strong>
      <p className="quiet">{facts.join(' · ')}</p>
      {permissions === null ? (
        <p className="quiet">{texts.allRights}</p>
      ) : (
        <details>
          <summary className="quiet">{texts.rights(permissions.length)}</summary>
          <p className="quiet">{permissions.map(words.ofName).join(' · ')}</p>
        </details>
      )}
    </div>
  )
}
