/*
 * What stands in the bundle for the packages that @simplewebauthn/server reads certificates with ([alias] in wrangler.toml). We ask for no
 * attestation, so there is no certificate to read: the one thing of ASN.1 that is left is a signature of ECDSA. This saves 62 kB of the
 * gzipped Worker. If a new version of the library needs another name, the build fails.
 */

/** Is never made: an answer with a certificate in it is refused. */
class LeftOut {
  constructor() {
    throw new Error('Attestation is left out')
  }
}

const OBJECT_ID = 'left out'

/** Takes a part of DER off: its content, and what comes after it (X.690 8.1). No part is longer than 127 bytes here. */
function readPart(bytes: Uint8Array, tag: number): [content: Uint8Array, rest: Uint8Array] {
  const [foundTag, length = 0] = bytes
  const content = bytes.subarray(2, 2 + length)
  if (foundTag !== tag || length > 127 || content.length !== length) throw new Error('Not a signature in DER')
  return [content, bytes.subarray(2 + length)]
}

const SEQUENCE = 0x30
const INTEGER = 0x02

export const AsnParser = {
  /** Both numbers of an ECDSA signature (RFC 3279 2.2.3): all that the library reads where there is no certificate. */
  parse(signature: Uint8Array): { r: Uint8Array; s: Uint8Array } {
    const [numbers, afterNumbers] = readPart(signature, SEQUENCE)
    const [r, afterR] = readPart(numbers, INTEGER)
    const [s, afterS] = readPart(afterR, INTEGER)
    if (afterNumbers.length > 0 || afterS.length > 0) throw new Error('Not a signature in DER')
    return { r, s }
  },
}

export {
  LeftOut as AuthorityKeyIdentifierExtension,
  LeftOut as BasicConstraints,
  LeftOut as Certificate,
  LeftOut as CRLDistributionPointsExtension,
  LeftOut as ECDSASigValue,
  LeftOut as ECParameters,
  LeftOut as ExtendedKeyUsage,
  LeftOut as KeyDescription,
  LeftOut as OctetString,
  LeftOut as RSAPublicKey,
  LeftOut as SubjectAlternativeName,
  LeftOut as SubjectKeyIdentifierExtension,
  LeftOut as X509Certificate,
  LeftOut as X509ChainBuilder,
  LeftOut as X509Crl,
  OBJECT_ID as id_ce_basicConstraints,
  OBJECT_ID as id_ce_extKeyUsage,
  OBJECT_ID as id_ce_keyDescription,
  OBJECT_ID as id_ce_subjectAltName,
  OBJECT_ID as id_ecdsaWithSHA256,
  OBJECT_ID as id_ecdsaWithSHA384,
  OBJECT_ID as id_ecdsaWithSHA512,
  OBJECT_ID as id_ecPublicKey,
  OBJECT_ID as id_ml_dsa_44,
  OBJECT_ID as id_ml_dsa_65,
  OBJECT_ID as id_ml_dsa_87,
  OBJECT_ID as id_rsaEncryption,
  OBJECT_ID as id_secp256r1,
  OBJECT_ID as id_secp384r1,
  OBJECT_ID as id_sha1WithRSAEncryption,
  OBJECT_ID as id_sha256WithRSAEncryption,
  OBJECT_ID as id_sha384WithRSAEncryption,
  OBJECT_ID as id_sha512WithRSAEncryption,
}
