import { Button, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'

export interface Named {
  id: string
  name: string
}

const TYPING_MS = 250

/** One of many, of which the panel finds those that fit what is typed. */
export function Pick(props: {
  label: string
  kind: string
  chosen: Named | undefined
  onChoose: (chosen: Named | undefined) => void
  find: (typed: string, signal: AbortSignal) => Promise<Named[]>
}) {
  const texts = useTexts().people
  const [search, setSearch] = useState('')
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS)
  const found = useQuery({
    queryKey: ['pick', props.kind, typed],
    enabled: typed !== '' && !props.chosen,
    queryFn: ({ signal }) => props.find(typed, signal),
    placeholderData: keepPreviousData
  })
  if (props.chosen) {
    return (
      <div>
        <p className="quiet">{props.label}</p>
        <div className="row">
          <strong>{props.chosen.name}</strong>
          <Button size="compact-sm" variant="default" onClick={() => props.onChoose(undefined)}>
            {texts.clear(props.chosen.name)}
          </Button>
        </div>
      </div>
    )
  }
  const choose = (one: Named) => {
    setSearch('')
    props.onChoose(one)
  }
  return (
    <div className="stack">
      <TextInput
        type="search"
        label={props.label}
        placeholder={texts.pickHint}
        maxLength={64}
        value={search}
        onChange={event => setSearch(event.currentTarget.value)}
      />
      <div className="row" role="status">
        {typed !== '' && found.data?.length === 0 && (
          <span className="quiet">{texts.noneText}</span>
        )}
        {typed !== '' &&
          found.data?.map(one => (
            <Button key={one.id} size="compact-sm" variant="default" onClick={() => choose(one)}>
              {one.name}
            </Button>
          ))}
      </div>
      <Failure error={found.error} />
    </div>
  )
}
