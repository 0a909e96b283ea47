import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { ServerRow } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { ServerListRow } from './server-list-row.tsx'

const ROW_PX = 104
const PHONE_ROW_PX = 168
const phone = window.matchMedia('(max-width: 760px)')

/** Draws only what is to be seen, and asks for more before its end is. */
export function ServersList(props: { rows: ServerRow[]; hasMore: boolean; onMore: () => void }) {
  const { rows, hasMore, onMore } = props
  const texts = useTexts()
  const list = useRef<HTMLUListElement>(null)
  const [top, setTop] = useState(0)
  useLayoutEffect(() => setTop(list.current?.offsetTop ?? 0), [])
  const rowPx = useIsPhone() ? PHONE_ROW_PX : ROW_PX
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowPx,
    getItemKey: index => rows[index]?.id ?? index,
    overscan: 4,
    scrollMargin: top
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the rows' height has changed
  useEffect(() => virtual.measure(), [rowPx])
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && last >= rows.length - 20) onMore()
  }, [hasMore, last, rows.length, onMore])

  return (
    <ul
      ref={list}
      aria-label={texts.servers.list}
      style={{
        position: 'relative',
        height: virtual.getTotalSize(),
        margin: '20px 0 0',
        padding: 0,
        listStyle: 'none'
      }}
    >
      {shown.map(({ index, key, start }) => {
        const server = rows[index]
        if (!server) return null
        return (
          <li
            key={key}
            className="server-slot"
            style={{ transform: `translateY(${start - top}px)` }}
            aria-setsize={hasMore ? -1 : rows.length}
            aria-posinset={index + 1}
          >
            <ServerListRow server={server} />
          </li>
        )
      })}
    </ul>
  )
}

function useIsPhone(): boolean {
  const [isPhone, setIsPhone] = useState(phone.matches)
  useEffect(() => {
    const look = () => setIsPhone(phone.matches)
    phone.addEventListener('change', look)
    return () => phone.removeEventListener('change', look)
  }, [])
  return isPhone
}
