/** The errors of status 403 that `requireFreshProof` answers: the documents of its routes name them. */
export const PROOF_REFUSALS = ['fresh_proof_required', 'wrong_password', 'wrong_second_factor'] as const
