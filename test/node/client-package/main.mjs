import process from 'node:process'
import { fileStore } from '@latchkey/client/node'
import { tryIt } from './out/app.js'

const [, , origin, username] = process.argv
console.log(JSON.stringify(await tryIt(origin, username, fileStore(`${username}.json`))))
