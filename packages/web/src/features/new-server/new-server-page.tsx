import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Alt, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { GameIcon } from '../../ui/game-icon.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { NewServerForm } from './new-server-form.tsx'

const TYPING_MS = 250
const MANY = 12

export function NewServerPage() {
  const texts = useTexts()
  const [alt, setAlt] = useState<Alt>()
  return (
    <>
      <PageHead title={texts.create.title} />
      {alt ? (
        <NewServerForm alt={alt} onOther={() => setAlt(undefined)} />
      ) : (
        <GameChoice onChoose={setAlt} />
      )}
    </>
  )
}

function GameChoice({ onChoose }: { onChoose: (alt: Alt) => void }) {
  const texts = useTexts()
  const [search, setSearch] = useState('')
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS)
  const games = useQuery({
    queryKey: ['alts', typed],
    queryFn: ({ signal }) =>
      answerOf(
        api.GET('/api/v1/alts', {
          signal,
          params: { query: { limit: 200, ...(typed && { search: typed }) } }
        })
      )
  })
  if (games.isPending && typed === '') return <Waiting />
  if (games.isError) return <Failure error={games.error} retry={() => void games.refetch()} />
  const found = games.data?.data ?? []
  if (found.length === 0 && typed === '') {
    return <Empty title={texts.create.noGames} text={texts.create.noGamesText} />
  }
  return (
    <section className="stack" aria-labelledby="games">
      <h2 id="games">{texts.create.choose}</h2>
      {(found.length > MANY || typed !== '') && (
        <TextInput
          type="search"
          aria-label={texts.create.search}
          placeholder={texts.create.search}
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
        />
      )}
      {found.length === 0 && !games.isPending && <p className="quiet">{texts.servers.noneTitle}</p>}
      <div className="grid">
        {found.map(alt => (
          <button key={alt.id} type="button" className="choice" onClick={() => onChoose(alt)}>
            <span className="choice-head">
              <GameIcon alt={alt} />
              <strong>{alt.name}</strong>
            </span>
            {alt.ctrlName !== alt.name && <span className="quiet">{alt.ctrlName}</span>}
            <span className="quiet">{alt.description}</span>
          </button>
        ))}
      </div>
    </section>
  )
}
