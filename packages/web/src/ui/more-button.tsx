import { Button } from '@mantine/core'
import { useTexts } from '../texts/language.tsx'

/** Below a list of which only the beginning is read. */
export function MoreButton(props: {
  found: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }
}) {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = props.found
  const texts = useTexts()
  if (!hasNextPage) return null
  return (
    <div>
      <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {texts.nodes.more}
      </Button>
    </div>
  )
}
