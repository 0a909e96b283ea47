import { Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { useTexts } from '../texts/language.tsx'

interface MoreButtonProps {
  found: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown }
  /** It presses itself as soon as it is seen. */
  isEager?: boolean
}

/** Below a list of which only the beginning is read. */
export function MoreButton({ found, isEager = false }: MoreButtonProps) {
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found
  const texts = useTexts()
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!isEager || !place.current || isFetchingNextPage) return undefined
    const watch = new IntersectionObserver(seen => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) void fetchNextPage()
    })
    watch.observe(place.current)
    return () => watch.disconnect()
  }, [isEager, isFetchingNextPage, fetchNextPage])
  if (!hasNextPage) return null
  return (
    <div ref={place}>
      <Button variant="default" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {texts.nodes.more}
      </Button>
    </div>
  )
}
