import { Button } from '@mantine/core'
import type { StatsRange } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'

const ranges: readonly StatsRange[] = ['1h', '24h', '7d']

export function RangeChoice(props: { range: StatsRange; onChange: (range: StatsRange) => void }) {
  const texts = useTexts()
  return (
    // biome-ignore lint/a11y/useSemanticElements: these are no fields of a form
    <div className="row" role="group" aria-label={texts.stats.range}>
      {ranges.map(range => (
        <Button
          key={range}
          size="compact-md"
          variant={range === props.range ? 'filled' : 'default'}
          aria-pressed={range === props.range}
          onClick={() => props.onChange(range)}
        >
          {texts.stats.ranges[range]}
        </Button>
      ))}
    </div>
  )
}
