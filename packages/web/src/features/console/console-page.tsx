import { Button } from '@mantine/core'
import { useEffect, useRef, useState } from 'react'
import type { Stats } from '../../api/client.ts'
import { Problem } from '../../api/problem.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { formatBytes } from '../../ui/amounts.ts'
import { CopyButtonOf, Empty, Failure } from '../../ui/parts.tsx'
import { useServer } from '../servers/server-query.ts'
import { ConsoleInput } from './console-input.tsx'
import { Figures } from './figures.tsx'
import { type OpenConsole, openConsole } from './open-console.ts'
import { type OutputTerminal, openTerminal } from './open-terminal.ts'

export function ConsolePage() {
  const texts = useTexts()
  const server = useServer()
  const may = new Set(server.permissions)
  if (!may.has('console-read')) {
    return <Empty title={texts.server.console} text={texts.console.ended} />
  }
  return <Console key={server.id} serverId={server.id} />
}

function Console({ serverId }: { serverId: string }) {
  const texts = useTexts()
  const server = useServer()
  const place = useRef<HTMLDivElement>(null)
  const seen = useConsole(serverId, place)
  const isRunning = server.status === 'RUNNING' || server.status === 'STARTING'

  return (
    <div className="stack">
      {server.permissions.includes('monitoring-view') && (
        <Figures server={server} stats={isRunning ? seen.stats : undefined} />
      )}
      <section className="console" aria-label={texts.console.label}>
        <div className="row">
          <Button size="compact-sm" variant="default" onClick={seen.earlier}>
            {texts.console.earlier}
          </Button>
          <CopyButtonOf text={seen.text} label={texts.copy} />
          <span className="quiet" role="status">
            {seen.hasEnded && texts.console.ended}
            {!seen.hasEnded && !seen.isConnected && texts.console.reconnecting}
          </span>
        </div>
        <div className="terminal-frame">
          <div className="terminal-place" ref={place} />
          {seen.isEmpty && <div className="terminal-note">{texts.console.empty}</div>}
          {!seen.isAtEnd && (
            <Button className="to-end" size="compact-sm" onClick={seen.toEnd}>
              {texts.console.toEnd}
            </Button>
          )}
        </div>
        {seen.refusal && <Failure error={new Problem(409, { code: seen.refusal })} />}
        <ConsoleInput
          mayType={server.permissions.includes('console-send')}
          isRunning={isRunning}
          isConnected={seen.isConnected && !seen.hasEnded}
          onLine={seen.type}
        />
      </section>
    </div>
  )
}

/** Terminal and socket live as long as the page. */
function useConsole(serverId: string, place: React.RefObject<HTMLDivElement | null>) {
  const texts = useTexts()
  const { language } = useLanguage()
  const words = useRef({ texts, language })
  words.current = { texts, language }
  const parts = useRef<{ terminal: OutputTerminal; console: OpenConsole }>(undefined)
  const [stats, setStats] = useState<Stats>()
  const [refusal, setRefusal] = useState<string>()
  const [isConnected, setIsConnected] = useState(true)
  const [hasEnded, setHasEnded] = useState(false)
  const [isAtEnd, setIsAtEnd] = useState(true)
  const [isEmpty, setIsEmpty] = useState(true)

  useEffect(() => {
    if (!place.current) return undefined
    const terminal = openTerminal(place.current, {
      label: words.current.texts.console.label,
      describeGap: bytes =>
        words.current.texts.console.gap(formatBytes(bytes, words.current.language)),
      onPlace: setIsAtEnd
    })
    const console = openConsole(serverId, {
      onItems(items) {
        terminal.show(items)
        setIsEmpty(false)
      },
      onStats: setStats,
      onRefusal: setRefusal,
      onConnected: setIsConnected,
      onEnd: () => setHasEnded(true)
    })
    parts.current = { terminal, console }
    return () => {
      console.close()
      terminal.close()
    }
  }, [serverId, place])

  return {
    ...{ stats, refusal, isConnected, hasEnded, isAtEnd, isEmpty },
    text: () => parts.current?.terminal.text() ?? '',
    toEnd: () => parts.current?.terminal.toEnd(),
    type(line: string): boolean {
      setRefusal(undefined)
      return parts.current?.console.type(line) ?? false
    },
    earlier() {
      if (parts.current?.console.earlier()) parts.current.terminal.clear()
    }
  }
}
