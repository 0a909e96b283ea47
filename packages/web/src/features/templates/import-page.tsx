import '../../ui/lists.css'
import { Anchor, Button, NativeSelect } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type DragEvent, useRef, useState } from 'react'
import type { Ctrl } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure, Meter, PageHead, Waiting } from '../../ui/parts.tsx'
import { ImportAddress } from './import-address.tsx'
import { ImportResults } from './import-results.tsx'
import { useCtrls } from './templates-queries.ts'
import { useImport } from './use-import.ts'

export function ImportPage() {
  const texts = useTexts()
  const ctrls = useCtrls()
  if (ctrls.isPending) return <Waiting />
  if (!ctrls.data) return <Failure error={ctrls.error} retry={() => void ctrls.refetch()} />
  return (
    <>
      <PageHead title={texts.importing.title}>
        <Anchor component={Link} to="/templates">
          {texts.templates.toAll}
        </Anchor>
      </PageHead>
      {ctrls.data.data.length === 0 ? (
        <Empty title={texts.templates.none} text={texts.templates.noCtrls} />
      ) : (
        <Import ctrls={ctrls.data.data} />
      )}
    </>
  )
}

function Import({ ctrls }: { ctrls: readonly Ctrl[] }) {
  const texts = useTexts().importing
  const [ctrlId, setCtrlId] = useState(ctrls[0]?.id ?? '')
  const { mutate, isPending, error, results, total } = useImport(ctrlId)
  const done = results.length
  return (
    <div className="stack">
      <section className="card stack">
        <p className="quiet">{texts.text}</p>
        <NativeSelect
          label={texts.into}
          data={ctrls.map(({ id, name }) => ({ value: id, label: name }))}
          disabled={isPending}
          value={ctrlId}
          onChange={event => setCtrlId(event.currentTarget.value)}
        />
        <DropPlace isBusy={isPending} onFiles={mutate} />
        {total > 0 && (
          <div role="status">
            <p className="quiet">{texts.progress(done, total)}</p>
            <Meter part={done / total} />
          </div>
        )}
        <Failure error={error} />
      </section>
      {done > 0 && <ImportResults results={results} />}
      <ImportAddress ctrlId={ctrlId} />
    </div>
  )
}

/** For the mouse a place to drop files, for all a button. */
function DropPlace(props: { isBusy: boolean; onFiles: (files: readonly File[]) => void }) {
  const texts = useTexts().importing
  const input = useRef<HTMLInputElement>(null)
  const [isOver, setIsOver] = useState(false)
  const take = (list: FileList | null) => {
    if (list && list.length > 0 && !props.isBusy) props.onFiles([...list])
  }
  const over = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(true)
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsOver(false)
    take(event.dataTransfer.files)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button in it does the same by keyboard
    <div
      className="drop"
      data-over={isOver}
      onDragOver={over}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <p>{texts.drop}</p>
      <Button variant="default" loading={props.isBusy} onClick={() => input.current?.click()}>
        {texts.choose}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept=".json,.yaml,.yml"
        onChange={event => {
          take(event.currentTarget.files)
          event.currentTarget.value = ''
        }}
      />
    </div>
  )
}
