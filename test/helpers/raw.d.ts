declare module '*.example?raw' {
  const text: string
  export default text
}

declare module '*.html?raw' {
  const text: string
  export default text
}

declare module '*.md?raw' {
  const text: string
  export default text
}

declare module '*.toml?raw' {
  const text: string
  export default text
}

declare module '*.ts?raw' {
  const text: string
  export default text
}
