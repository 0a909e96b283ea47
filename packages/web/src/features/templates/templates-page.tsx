import '../../ui/lists.css'
import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Alt } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { GameIcon } from '../../ui/game-icon.tsx'
import { PlusIcon } from '../../ui/icons.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'
import { CtrlCard, NewCtrl } from './ctrl-forms.tsx'
import { altsQuery, useCtrls } from './templates-queries.ts'

const TYPING_MS = 250

export function TemplatesPage() {
  const texts = useTexts()
  const ctrls = useCtrls()
  const [search, setSearch] = useState('')
  const [typed] = useDebouncedValue(search.trim(), TYPING_MS)
  const [ctrlId, setCtrlId] = useState('')
  const [isAdding, setIsAdding] = useState(false)
  const list = useInfiniteQuery({
    ...altsQuery({ search: typed, ctrlId }),
    placeholderData: keepPreviousData
  })
  if (ctrls.isPending) return <Waiting />
  if (!ctrls.data) return <Failure error={ctrls.error} retry={() => void ctrls.refetch()} />
  const chosen = ctrls.data.data.find(({ id }) => id === ctrlId)
  const hasCtrls = ctrls.data.data.length > 0
  return (
    <>
      <PageHead title={texts.templates.title}>
        {hasCtrls && (
          <div className="row">
            <Button component={Link} to="/templates/import" variant="default">
              {texts.templates.import}
            </Button>
            <Button component={Link} to="/templates/new" leftSection={<PlusIcon />}>
              {texts.templates.add}
            </Button>
          </div>
        )}
      </PageHead>
      <div className="stack">
        <search className="row">
          <TextInput
            className="grow"
            type="search"
            aria-label={texts.templates.search}
            placeholder={texts.templates.search}
            maxLength={64}
            value={search}
            onChange={event => setSearch(event.currentTarget.value)}
          />
          <NativeSelect
            aria-label={texts.templates.ctrl}
            data={[
              { value: '', label: texts.templates.allCtrls },
              ...ctrls.data.data.map(({ id, name }) => ({ value: id, label: name }))
            ]}
            value={chosen?.id ?? ''}
            onChange={event => setCtrlId(event.currentTarget.value)}
          />
          {!isAdding && (
            <Button variant="default" onClick={() => setIsAdding(true)}>
              {texts.templates.addCtrl}
            </Button>
          )}
        </search>
        {isAdding && <NewCtrl onDone={() => setIsAdding(false)} />}
        {chosen && <CtrlCard key={chosen.id} ctrl={chosen} />}
        <PagedList
          list={list}
          empty={
            <Empty
              title={typed ? texts.servers.noneTitle : texts.templates.none}
              text={hasCtrls ? texts.templates.noneText : texts.templates.noCtrls}
            />
          }
        >
          {alts => (
            <div className="card">
              <ul className="lines" aria-label={texts.templates.title}>
                {alts.map(alt => (
                  <AltLine key={alt.id} alt={alt} />
                ))}
              </ul>
            </div>
          )}
        </PagedList>
      </div>
    </>
  )
}

function AltLine({ alt }: { alt: Alt }) {
  const texts = useTexts()
  return (
    <li className="line">
      <GameIcon alt={alt} />
      <div className="grow">
        <Link className="line-name" to="/templates/$altId" params={{ altId: alt.id }}>
          {alt.name}
        </Link>
        <p className="quiet">{alt.description}</p>
      </div>
      <div className="row">
        <span className="badge">{alt.ctrlName}</span>
        <span className="badge">{texts.nodes.servers(alt.serversCount)}</span>
      </div>
    </li>
  )
}
