/** What is kept on the device: the page where it is turned on, and the page that is shown without a network. */
export const offlineTexts = {
  offline: {
    row: 'To-dos on this device',
    title: 'Keep my to-dos on this device',
    why: 'Then the list opens without a network, and you can add, complete and delete. What you do is sent when the network is back.',
    who: 'Anyone who can use this browser profile can read what is kept, without a password. Turn it on only on a device of your own.',
    until:
      'Signing out deletes the copy. If your session ends in another way, the copy is locked until you sign in again.',
    needsScript: 'This needs JavaScript, which is turned off in this browser.',
    notPossible: 'This browser cannot keep them, for example because the window is a private one.',
    turnOn: 'Keep them here',
    turnOff: 'Remove them from this device',
    show: 'Show what is kept',
    filling: 'Copying …',
    kept: (count: number) =>
      count === 1 ? '1 to-do is kept on this device.' : `${count} to-dos are kept on this device.`,
    removed: 'Nothing of yours is kept on this device any more.',
    notFilled: 'That did not work, and nothing is kept. Is there a network? Try it again.',
    notRemoved: (count: number) =>
      count === 1 ? 'A change is not sent yet. Remove it too?' : `${count} changes are not sent yet. Remove them too?`,
    removeAll: 'Remove everything',

    shellTitle: 'To-dos on this device',
    noNetwork: 'There is no network. This is what is kept on this device.',
    online: 'You are online. This is what is kept on this device.',
    back: 'The network is back.',
    wholePage: 'Show the whole page',
    nothing:
      'There is no network, and nothing is kept on this device. You can turn that on in your account when you are online.',
    locked: (name: string) => `What is kept here is locked. Sign in as ${name} to open it. What waits is still here.`,
    lockedOther: 'What is kept here is locked until its owner signs in again.',
    signIn: 'Sign in',
    broken: 'This browser cannot read what is kept.',
    notSaved: 'This device could not save that, perhaps because it is full. What you typed is still in the field.',
    notChanged: 'This device could not save that, perhaps because it is full.',

    new: 'New to-do',
    add: 'Add',
    empty: 'Nothing is to be done.',
    overdue: 'Overdue',
    today: 'Today',
    noDate: 'Without a date',
    doneHere: 'Done',
    more: 'Show more',
    list: (section: string) => `To-dos: ${section}`,
    complete: (contents: string) => `Complete: ${contents}`,
    reopen: (contents: string) => `Open again: ${contents}`,
    delete: (contents: string) => `Delete: ${contents}`,
    due: 'Due',
    repeats: 'Repeats',
    partOf: (contents: string) => `Part of: ${contents}`,
    priorities: { low: 'Low', medium: 'Medium', high: 'High', urgent: 'Urgent' },
    waiting: 'Not sent yet',
    refused: 'The server did not take this:',
    noRoom: 'There is no room for more.',
    retry: 'Try again',
    discard: 'Discard my change',
    deleted: 'Deleted.',
    undo: 'Undo',

    sent: (count: number) => (count === 1 ? '1 change was sent.' : `${count} changes were sent.`),
    notTaken: (count: number) =>
      count === 1 ? 'The server did not take 1 change of yours.' : `The server did not take ${count} changes of yours.`,
    look: 'Look at them',
    reload: 'Show them',

    leaving: (count: number) => (count === 1 ? '1 change is not sent yet.' : `${count} changes are not sent yet.`),
    leavingText: 'If you sign out now, they are lost.',
    leavingOffline: 'There is no network',
    leavingOfflineText: 'Signing out needs one. Try it again when it is back.',
    stay: 'Stay',
    tryAgain: 'Try again',
    lose: 'Sign out and lose them',
  },
}

export type OfflineTexts = (typeof offlineTexts)['offline']
