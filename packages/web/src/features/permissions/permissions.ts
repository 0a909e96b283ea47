import { queryOptions, useQuery } from '@tanstack/react-query'
import { answerOf, api, type Permission } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'

const permissionsQuery = queryOptions({
  queryKey: ['permissions'],
  queryFn: ({ signal }) => answerOf(api.GET('/api/v1/permissions', { signal })),
  // It changes with the panel alone.
  staleTime: Number.POSITIVE_INFINITY
})

export const usePermissions = () => useQuery(permissionsQuery)

export interface PermissionGroup {
  category: string
  permissions: Permission[]
}

/** In the order of the catalogue. */
export function groupsOf(permissions: readonly Permission[]): PermissionGroup[] {
  const categories = [...new Set(permissions.map(({ category }) => category))]
  return categories.map(category => ({
    category,
    permissions: permissions.filter(one => one.category === category)
  }))
}

/** What a right lets somebody do, in words; the panel's own where the language has none. */
export function usePermissionWords() {
  const words = useTexts().permissions
  const names: Partial<Record<string, string>> = words.names
  const groups: Partial<Record<string, string>> = words.groups
  return {
    of: ({ name, description }: Pick<Permission, 'name' | 'description'>) =>
      names[name] ?? description,
    ofName: (name: string) => names[name] ?? name,
    ofGroup: (category: string) => groups[category] ?? category
  }
}

/** What can be held on a single server; the others mean something only everywhere. */
export function isOfServers({ name, category }: Pick<Permission, 'name' | 'category'>): boolean {
  return category !== 'USER' && category !== 'ADMIN' && name !== 'server-create'
}
