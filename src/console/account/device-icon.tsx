/** What a device looks like. */
type DeviceKind = 'phone' | 'tablet' | 'desktop' | 'program' | 'unknown'

/** The kind of a device, by its words: see `http/client-info.ts`. */
function kindOf(device: string | null): DeviceKind {
  if (device === null) return 'unknown'
  // Tablets with Android are not told from telephones: a longer name would not fit into a text message.
  if (device.includes('iPadOS')) return 'tablet'
  if (/iOS|Android/.test(device)) return 'phone'
  return / on |^[A-Z]/.test(device) ? 'desktop' : 'program'
}

const SHAPES: Record<DeviceKind, string> = {
  phone: 'M8 3h8a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm3 15h2',
  tablet: 'M5 3h14a1 1 0 0 1 1 1v16a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Zm6 15h2',
  desktop: 'M4 4h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Zm8 12v4m-4 0h8',
  program: 'M4 4h16a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Zm3 5 3 3-3 3m6 0h4',
  unknown: 'M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18Zm-2.5 7a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.5v.4m0 2.8v.2',
}

/** A picture of a device. The words beside it say the same. */
export function DeviceIcon({ device }: { device: string | null }) {
  const kind = kindOf(device)
  return (
    <svg class="device-icon" data-kind={kind} viewBox="0 0 24 24" aria-hidden="true">
      <path
        d={SHAPES[kind]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.75"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  )
}
