// oidc-provider warns about every Node that is not labelled LTS. The project brings its own Node, so nobody could follow that advice.

import process from 'node:process'

process.release.lts ??= 'none'
