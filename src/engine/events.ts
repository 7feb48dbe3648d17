/** What a scan tells while it runs; publish-only. `bytes` are root-file bytes. */
export type ProgressEvent =
  | { readonly kind: 'found'; readonly files: number; readonly bytes: number }
  | { readonly kind: 'advance'; readonly bytes: number }
  | { readonly kind: 'done'; readonly path: string }

export type Progress = (event: ProgressEvent) => void
