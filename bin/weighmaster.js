#!/usr/bin/env node
// Old syntax, no static import and no import.meta on purpose: any Node must get far enough to be told which one is
// needed. The versions are the `engines` of package.json: ^22.22.2 || ^24.15.0 || >=26.0.0
var version = process.versions.node.split('.').map(Number)
var major = version[0]
var minor = version[1]
var patch = version[2]
var supported =
  (major === 22 && (minor > 22 || (minor === 22 && patch >= 2))) ||
  (major === 24 && minor >= 15) ||
  major >= 26

function stop(message) {
  process.stderr.write(`weighmaster: ${message}\n`)
  process.exitCode = 4
}

if (!supported) {
  stop(`needs Node.js ^22.22.2, ^24.15.0 or >=26.0.0; this is ${process.versions.node}`)
} else {
  process.getBuiltinModule('module').enableCompileCache()
  import('../dist/cli/main.js')
    .then((cli) => cli.main(process.argv))
    .catch((error) => {
      var unbuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /dist[/\\]cli[/\\]main\.js/.test(error.message)
      stop(
        unbuilt
          ? 'is not built yet; run `npm run build` in its folder first'
          : `cannot start: ${error.message}`,
      )
    })
}
