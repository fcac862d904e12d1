/** What `file-store.ts` uses of Node. The package is compiled without the types of Node, which other platforms do not have. */

declare module 'node:fs/promises' {
  interface File {
    writeFile(text: string): Promise<void>
    sync(): Promise<void>
    close(): Promise<void>
  }
  export function open(path: string, flags: 'r' | 'w', mode?: number): Promise<File>
  export function readFile(path: string, encoding: 'utf8'): Promise<string>
  export function rename(from: string, to: string): Promise<void>
}

declare module 'node:path' {
  export function dirname(path: string): string
}
