import '../../ui/lists.css'
import { Anchor, NativeSelect, TextInput } from '@mantine/core'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTexts } from '../../texts/language.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { Empty } from '../../ui/parts.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'
import { AuditLine } from './audit-line.tsx'
import { type AuditFilter, auditQuery, everything, exportAddress } from './audit-query.ts'
import { findServers, findUsers } from './find-things.ts'
import { Pick } from './pick.tsx'

export function AuditPage() {
  const texts = useTexts()
  const [filter, setFilter] = useState(everything)
  const set = (change: Partial<AuditFilter>) => setFilter(old => ({ ...old, ...change }))
  const list = useInfiniteQuery({ ...auditQuery(filter), placeholderData: keepPreviousData })
  return (
    <div className="stack">
      <Filters filter={filter} set={set} />
      <PagedList
        list={list}
        empty={<Empty title={texts.servers.noneTitle} text={texts.audit.noneText} />}
      >
        {rows => (
          <div className="card">
            <ul className="lines" aria-label={texts.people.audit}>
              {rows.map(row => (
                <AuditLine key={row.id} row={row} onActor={actor => set({ actor })} />
              ))}
            </ul>
          </div>
        )}
      </PagedList>
    </div>
  )
}

function Filters(props: { filter: AuditFilter; set: (change: Partial<AuditFilter>) => void }) {
  const texts = useTexts().audit
  const me = useMe()
  const { filter, set } = props
  const actions = Object.entries(texts.actions).map(([value, label]) => ({ value, label }))
  return (
    <search className="card stack">
      <div className="pair">
        {(mayEverywhere(me, 'user-view') || filter.actor) && (
          <Pick
            label={texts.who}
            kind="user"
            chosen={filter.actor}
            onChoose={actor => set({ actor })}
            find={findUsers}
          />
        )}
        <NativeSelect
          label={texts.what}
          data={[{ value: '', label: texts.everything }, ...actions]}
          value={filter.action}
          onChange={event => set({ action: event.currentTarget.value })}
        />
        <Pick
          label={texts.server}
          kind="server"
          chosen={filter.server}
          onChoose={server => set({ server })}
          find={findServers}
        />
        <TextInput
          type="datetime-local"
          label={texts.from}
          value={filter.from}
          onChange={event => set({ from: event.currentTarget.value })}
        />
        <TextInput
          type="datetime-local"
          label={texts.to}
          value={filter.to}
          onChange={event => set({ to: event.currentTarget.value })}
        />
      </div>
      <div>
        <Anchor href={exportAddress(filter)} download size="sm">
          {texts.export}
        </Anchor>
      </div>
    </search>
  )
}
