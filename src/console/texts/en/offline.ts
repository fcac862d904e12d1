/** Where to-dos on the device are turned on, and the frame of the page that is shown without a network. `keep.ts` has what the script says. */
export const offlineTexts = {
  offline: {
    row: 'To-dos on this device',
    title: 'Keep my to-dos on this device',
    why: 'Then the list opens without a network, and you can add, complete and delete. What you do is sent when the network is back.',
    who: 'Anyone who can use this browser profile can read what is kept, without a password. Turn it on only on a device of your own.',
    until:
      'Signing out deletes the copy. If your session ends in another way, the copy is locked until you sign in again.',
    needsScript: 'This needs JavaScript, which is turned off in this browser.',
    turnOn: 'Keep them here',
    turnOff: 'Remove them from this device',
    show: 'Show what is kept',
    shellTitle: 'To-dos on this device',
    nothing: 'Nothing is kept on this device. You can turn that on in your account when there is a network.',
    signIn: 'Sign in',
    new: 'New to-do',
    add: 'Add',
  },
}
