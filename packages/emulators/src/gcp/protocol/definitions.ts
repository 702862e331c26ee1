import type { ProtocolDefinition } from "./protocol-definition.ts";

// Copyright 2026 Google LLC, Apache License 2.0. Made from google/cloud/kms/v1/{service,resources}.proto,
// google/iam/v1/iam_policy.proto and google/rpc/{status,error_details}.proto, as @google-cloud/kms ships them,
// by test/gcp/protocol/write-definitions.ts: the methods that the emulator has and what they reach, without options.

/** Google's public definitions of the protocol, as protobuf.js reads them. */
export const DEFINITIONS: ProtocolDefinition = {
  nested: {
    google: {
      nested: {
        cloud: {
          nested: {
            kms: {
              nested: {
                v1: {
                  nested: {
                    KeyManagementService: {
                      methods: {
                        ListKeyRings: {
                          requestType: "ListKeyRingsRequest",
                          responseType: "ListKeyRingsResponse",
                        },
                        ListCryptoKeys: {
                          requestType: "ListCryptoKeysRequest",
                          responseType: "ListCryptoKeysResponse",
                        },
                        ListCryptoKeyVersions: {
                          requestType: "ListCryptoKeyVersionsRequest",
                          responseType: "ListCryptoKeyVersionsResponse",
                        },
                        GetKeyRing: {
                          requestType: "GetKeyRingRequest",
                          responseType: "KeyRing",
                        },
                        GetCryptoKey: {
                          requestType: "GetCryptoKeyRequest",
                          responseType: "CryptoKey",
                        },
                        GetCryptoKeyVersion: {
                          requestType: "GetCryptoKeyVersionRequest",
                          responseType: "CryptoKeyVersion",
                        },
                        GetPublicKey: {
                          requestType: "GetPublicKeyRequest",
                          responseType: "PublicKey",
                        },
                        CreateKeyRing: {
                          requestType: "CreateKeyRingRequest",
                          responseType: "KeyRing",
                        },
                        CreateCryptoKey: {
                          requestType: "CreateCryptoKeyRequest",
                          responseType: "CryptoKey",
                        },
                        CreateCryptoKeyVersion: {
                          requestType: "CreateCryptoKeyVersionRequest",
                          responseType: "CryptoKeyVersion",
                        },
                        UpdateCryptoKey: {
                          requestType: "UpdateCryptoKeyRequest",
                          responseType: "CryptoKey",
                        },
                        UpdateCryptoKeyVersion: {
                          requestType: "UpdateCryptoKeyVersionRequest",
                          responseType: "CryptoKeyVersion",
                        },
                        UpdateCryptoKeyPrimaryVersion: {
                          requestType: "UpdateCryptoKeyPrimaryVersionRequest",
                          responseType: "CryptoKey",
                        },
                        DestroyCryptoKeyVersion: {
                          requestType: "DestroyCryptoKeyVersionRequest",
                          responseType: "CryptoKeyVersion",
                        },
                        RestoreCryptoKeyVersion: {
                          requestType: "RestoreCryptoKeyVersionRequest",
                          responseType: "CryptoKeyVersion",
                        },
                        Encrypt: {
                          requestType: "EncryptRequest",
                          responseType: "EncryptResponse",
                        },
                        Decrypt: {
                          requestType: "DecryptRequest",
                          responseType: "DecryptResponse",
                        },
                        AsymmetricSign: {
                          requestType: "AsymmetricSignRequest",
                          responseType: "AsymmetricSignResponse",
                        },
                        AsymmetricDecrypt: {
                          requestType: "AsymmetricDecryptRequest",
                          responseType: "AsymmetricDecryptResponse",
                        },
                        MacSign: {
                          requestType: "MacSignRequest",
                          responseType: "MacSignResponse",
                        },
                        MacVerify: {
                          requestType: "MacVerifyRequest",
                          responseType: "MacVerifyResponse",
                        },
                        GenerateRandomBytes: {
                          requestType: "GenerateRandomBytesRequest",
                          responseType: "GenerateRandomBytesResponse",
                        },
                      },
                    },
                    GenerateRandomBytesResponse: {
                      fields: {
                        data: {
                          type: "bytes",
                          id: 1,
                        },
                        dataCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 3,
                        },
                      },
                    },
                    GenerateRandomBytesRequest: {
                      fields: {
                        location: {
                          type: "string",
                          id: 1,
                        },
                        lengthBytes: {
                          type: "int32",
                          id: 2,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 3,
                        },
                      },
                    },
                    ProtectionLevel: {
                      values: {
                        PROTECTION_LEVEL_UNSPECIFIED: 0,
                        SOFTWARE: 1,
                        HSM: 2,
                        EXTERNAL: 3,
                        EXTERNAL_VPC: 4,
                        HSM_SINGLE_TENANT: 5,
                      },
                    },
                    MacVerifyResponse: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        success: {
                          type: "bool",
                          id: 2,
                        },
                        verifiedDataCrc32c: {
                          type: "bool",
                          id: 3,
                        },
                        verifiedMacCrc32c: {
                          type: "bool",
                          id: 4,
                        },
                        verifiedSuccessIntegrity: {
                          type: "bool",
                          id: 5,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 6,
                        },
                      },
                    },
                    MacVerifyRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        data: {
                          type: "bytes",
                          id: 2,
                        },
                        dataCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 3,
                        },
                        mac: {
                          type: "bytes",
                          id: 4,
                        },
                        macCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 5,
                        },
                      },
                    },
                    MacSignResponse: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        mac: {
                          type: "bytes",
                          id: 2,
                        },
                        macCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 3,
                        },
                        verifiedDataCrc32c: {
                          type: "bool",
                          id: 4,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 5,
                        },
                      },
                    },
                    MacSignRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        data: {
                          type: "bytes",
                          id: 2,
                        },
                        dataCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 3,
                        },
                      },
                    },
                    AsymmetricDecryptResponse: {
                      fields: {
                        plaintext: {
                          type: "bytes",
                          id: 1,
                        },
                        plaintextCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 2,
                        },
                        verifiedCiphertextCrc32c: {
                          type: "bool",
                          id: 3,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 4,
                        },
                      },
                    },
                    AsymmetricDecryptRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        ciphertext: {
                          type: "bytes",
                          id: 3,
                        },
                        ciphertextCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 4,
                        },
                      },
                    },
                    AsymmetricSignResponse: {
                      fields: {
                        signature: {
                          type: "bytes",
                          id: 1,
                        },
                        signatureCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 2,
                        },
                        verifiedDigestCrc32c: {
                          type: "bool",
                          id: 3,
                        },
                        name: {
                          type: "string",
                          id: 4,
                        },
                        verifiedDataCrc32c: {
                          type: "bool",
                          id: 5,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 6,
                        },
                      },
                    },
                    AsymmetricSignRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        digest: {
                          type: "Digest",
                          id: 3,
                        },
                        digestCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 4,
                        },
                        data: {
                          type: "bytes",
                          id: 6,
                        },
                        dataCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 7,
                        },
                      },
                    },
                    Digest: {
                      oneofs: {
                        digest: {
                          oneof: ["sha256", "sha384", "sha512", "externalMu"],
                        },
                      },
                      fields: {
                        sha256: {
                          type: "bytes",
                          id: 1,
                        },
                        sha384: {
                          type: "bytes",
                          id: 2,
                        },
                        sha512: {
                          type: "bytes",
                          id: 3,
                        },
                        externalMu: {
                          type: "bytes",
                          id: 4,
                        },
                      },
                    },
                    DecryptResponse: {
                      fields: {
                        plaintext: {
                          type: "bytes",
                          id: 1,
                        },
                        plaintextCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 2,
                        },
                        usedPrimary: {
                          type: "bool",
                          id: 3,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 4,
                        },
                      },
                    },
                    DecryptRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        ciphertext: {
                          type: "bytes",
                          id: 2,
                        },
                        additionalAuthenticatedData: {
                          type: "bytes",
                          id: 3,
                        },
                        ciphertextCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 5,
                        },
                        additionalAuthenticatedDataCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 6,
                        },
                      },
                    },
                    EncryptResponse: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        ciphertext: {
                          type: "bytes",
                          id: 2,
                        },
                        ciphertextCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 4,
                        },
                        verifiedPlaintextCrc32c: {
                          type: "bool",
                          id: 5,
                        },
                        verifiedAdditionalAuthenticatedDataCrc32c: {
                          type: "bool",
                          id: 6,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 7,
                        },
                      },
                    },
                    EncryptRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        plaintext: {
                          type: "bytes",
                          id: 2,
                        },
                        additionalAuthenticatedData: {
                          type: "bytes",
                          id: 3,
                        },
                        plaintextCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 7,
                        },
                        additionalAuthenticatedDataCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 8,
                        },
                      },
                    },
                    CryptoKeyVersion: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        state: {
                          type: "CryptoKeyVersionState",
                          id: 3,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 7,
                        },
                        algorithm: {
                          type: "CryptoKeyVersionAlgorithm",
                          id: 10,
                        },
                        attestation: {
                          type: "KeyOperationAttestation",
                          id: 8,
                        },
                        createTime: {
                          type: "google.protobuf.Timestamp",
                          id: 4,
                        },
                        generateTime: {
                          type: "google.protobuf.Timestamp",
                          id: 11,
                        },
                        destroyTime: {
                          type: "google.protobuf.Timestamp",
                          id: 5,
                        },
                        destroyEventTime: {
                          type: "google.protobuf.Timestamp",
                          id: 6,
                        },
                        importJob: {
                          type: "string",
                          id: 14,
                        },
                        importTime: {
                          type: "google.protobuf.Timestamp",
                          id: 15,
                        },
                        importFailureReason: {
                          type: "string",
                          id: 16,
                        },
                        generationFailureReason: {
                          type: "string",
                          id: 19,
                        },
                        externalDestructionFailureReason: {
                          type: "string",
                          id: 20,
                        },
                        externalProtectionLevelOptions: {
                          type: "ExternalProtectionLevelOptions",
                          id: 17,
                        },
                        reimportEligible: {
                          type: "bool",
                          id: 18,
                        },
                        trustedWrappingEnabled: {
                          type: "bool",
                          id: 21,
                        },
                        hsmTrusted: {
                          type: "bool",
                          id: 23,
                        },
                      },
                      nested: {
                        CryptoKeyVersionAlgorithm: {
                          values: {
                            CRYPTO_KEY_VERSION_ALGORITHM_UNSPECIFIED: 0,
                            GOOGLE_SYMMETRIC_ENCRYPTION: 1,
                            AES_128_GCM: 41,
                            AES_256_GCM: 19,
                            AES_128_CBC: 42,
                            AES_256_CBC: 43,
                            AES_128_CTR: 44,
                            AES_256_CTR: 45,
                            RSA_SIGN_PSS_2048_SHA256: 2,
                            RSA_SIGN_PSS_3072_SHA256: 3,
                            RSA_SIGN_PSS_4096_SHA256: 4,
                            RSA_SIGN_PSS_4096_SHA512: 15,
                            RSA_SIGN_PKCS1_2048_SHA256: 5,
                            RSA_SIGN_PKCS1_3072_SHA256: 6,
                            RSA_SIGN_PKCS1_4096_SHA256: 7,
                            RSA_SIGN_PKCS1_4096_SHA512: 16,
                            RSA_SIGN_RAW_PKCS1_2048: 28,
                            RSA_SIGN_RAW_PKCS1_3072: 29,
                            RSA_SIGN_RAW_PKCS1_4096: 30,
                            RSA_DECRYPT_OAEP_2048_SHA256: 8,
                            RSA_DECRYPT_OAEP_3072_SHA256: 9,
                            RSA_DECRYPT_OAEP_4096_SHA256: 10,
                            RSA_DECRYPT_OAEP_4096_SHA512: 17,
                            RSA_DECRYPT_OAEP_2048_SHA1: 37,
                            RSA_DECRYPT_OAEP_3072_SHA1: 38,
                            RSA_DECRYPT_OAEP_4096_SHA1: 39,
                            EC_SIGN_P256_SHA256: 12,
                            EC_SIGN_P384_SHA384: 13,
                            EC_SIGN_SECP256K1_SHA256: 31,
                            EC_SIGN_ED25519: 40,
                            HMAC_SHA256: 32,
                            HMAC_SHA1: 33,
                            HMAC_SHA384: 34,
                            HMAC_SHA512: 35,
                            HMAC_SHA224: 36,
                            EXTERNAL_SYMMETRIC_ENCRYPTION: 18,
                            ML_KEM_768: 47,
                            ML_KEM_1024: 48,
                            KEM_XWING: 63,
                            PQ_SIGN_ML_DSA_44: 68,
                            PQ_SIGN_ML_DSA_65: 56,
                            PQ_SIGN_ML_DSA_87: 69,
                            PQ_SIGN_SLH_DSA_SHA2_128S: 57,
                            PQ_SIGN_HASH_SLH_DSA_SHA2_128S_SHA256: 60,
                            PQ_SIGN_ML_DSA_44_EXTERNAL_MU: 70,
                            PQ_SIGN_ML_DSA_65_EXTERNAL_MU: 67,
                            PQ_SIGN_ML_DSA_87_EXTERNAL_MU: 71,
                            AES_256_KWP: 73,
                          },
                        },
                        CryptoKeyVersionState: {
                          values: {
                            CRYPTO_KEY_VERSION_STATE_UNSPECIFIED: 0,
                            PENDING_GENERATION: 5,
                            ENABLED: 1,
                            DISABLED: 2,
                            DESTROYED: 3,
                            DESTROY_SCHEDULED: 4,
                            PENDING_IMPORT: 6,
                            IMPORT_FAILED: 7,
                            GENERATION_FAILED: 8,
                            PENDING_EXTERNAL_DESTRUCTION: 9,
                            EXTERNAL_DESTRUCTION_FAILED: 10,
                          },
                        },
                        CryptoKeyVersionView: {
                          values: {
                            CRYPTO_KEY_VERSION_VIEW_UNSPECIFIED: 0,
                            FULL: 1,
                          },
                        },
                      },
                    },
                    ExternalProtectionLevelOptions: {
                      fields: {
                        externalKeyUri: {
                          type: "string",
                          id: 1,
                        },
                        ekmConnectionKeyPath: {
                          type: "string",
                          id: 2,
                        },
                      },
                    },
                    KeyOperationAttestation: {
                      fields: {
                        format: {
                          type: "AttestationFormat",
                          id: 4,
                        },
                        content: {
                          type: "bytes",
                          id: 5,
                        },
                        certChains: {
                          type: "CertificateChains",
                          id: 6,
                        },
                      },
                      nested: {
                        CertificateChains: {
                          fields: {
                            caviumCerts: {
                              rule: "repeated",
                              type: "string",
                              id: 1,
                            },
                            googleCardCerts: {
                              rule: "repeated",
                              type: "string",
                              id: 2,
                            },
                            googlePartitionCerts: {
                              rule: "repeated",
                              type: "string",
                              id: 3,
                            },
                          },
                        },
                        AttestationFormat: {
                          values: {
                            ATTESTATION_FORMAT_UNSPECIFIED: 0,
                            CAVIUM_V1_COMPRESSED: 3,
                            CAVIUM_V2_COMPRESSED: 4,
                          },
                        },
                      },
                    },
                    RestoreCryptoKeyVersionRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                      },
                    },
                    DestroyCryptoKeyVersionRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                      },
                    },
                    CryptoKey: {
                      oneofs: {
                        rotationSchedule: {
                          oneof: ["rotationPeriod"],
                        },
                      },
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        primary: {
                          type: "CryptoKeyVersion",
                          id: 2,
                        },
                        purpose: {
                          type: "CryptoKeyPurpose",
                          id: 3,
                        },
                        createTime: {
                          type: "google.protobuf.Timestamp",
                          id: 5,
                        },
                        nextRotationTime: {
                          type: "google.protobuf.Timestamp",
                          id: 7,
                        },
                        rotationPeriod: {
                          type: "google.protobuf.Duration",
                          id: 8,
                        },
                        versionTemplate: {
                          type: "CryptoKeyVersionTemplate",
                          id: 11,
                        },
                        labels: {
                          keyType: "string",
                          type: "string",
                          id: 10,
                        },
                        importOnly: {
                          type: "bool",
                          id: 13,
                        },
                        destroyScheduledDuration: {
                          type: "google.protobuf.Duration",
                          id: 14,
                        },
                        cryptoKeyBackend: {
                          type: "string",
                          id: 15,
                        },
                        keyAccessJustificationsPolicy: {
                          type: "KeyAccessJustificationsPolicy",
                          id: 17,
                        },
                      },
                      nested: {
                        CryptoKeyPurpose: {
                          values: {
                            CRYPTO_KEY_PURPOSE_UNSPECIFIED: 0,
                            ENCRYPT_DECRYPT: 1,
                            ASYMMETRIC_SIGN: 5,
                            ASYMMETRIC_DECRYPT: 6,
                            RAW_ENCRYPT_DECRYPT: 7,
                            MAC: 9,
                            KEY_ENCAPSULATION: 10,
                            AES_WRAPPING: 11,
                          },
                        },
                      },
                    },
                    KeyAccessJustificationsPolicy: {
                      fields: {
                        allowedAccessReasons: {
                          rule: "repeated",
                          type: "AccessReason",
                          id: 1,
                        },
                      },
                    },
                    AccessReason: {
                      values: {
                        REASON_UNSPECIFIED: 0,
                        CUSTOMER_INITIATED_SUPPORT: 1,
                        GOOGLE_INITIATED_SERVICE: 2,
                        THIRD_PARTY_DATA_REQUEST: 3,
                        GOOGLE_INITIATED_REVIEW: 4,
                        CUSTOMER_INITIATED_ACCESS: 5,
                        GOOGLE_INITIATED_SYSTEM_OPERATION: 6,
                        REASON_NOT_EXPECTED: 7,
                        MODIFIED_CUSTOMER_INITIATED_ACCESS: 8,
                        MODIFIED_GOOGLE_INITIATED_SYSTEM_OPERATION: 9,
                        GOOGLE_RESPONSE_TO_PRODUCTION_ALERT: 10,
                        CUSTOMER_AUTHORIZED_WORKFLOW_SERVICING: 11,
                      },
                    },
                    CryptoKeyVersionTemplate: {
                      fields: {
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 1,
                        },
                        algorithm: {
                          type: "CryptoKeyVersion.CryptoKeyVersionAlgorithm",
                          id: 3,
                        },
                      },
                    },
                    UpdateCryptoKeyPrimaryVersionRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        cryptoKeyVersionId: {
                          type: "string",
                          id: 2,
                        },
                      },
                    },
                    UpdateCryptoKeyVersionRequest: {
                      fields: {
                        cryptoKeyVersion: {
                          type: "CryptoKeyVersion",
                          id: 1,
                        },
                        updateMask: {
                          type: "google.protobuf.FieldMask",
                          id: 2,
                        },
                      },
                    },
                    UpdateCryptoKeyRequest: {
                      fields: {
                        cryptoKey: {
                          type: "CryptoKey",
                          id: 1,
                        },
                        updateMask: {
                          type: "google.protobuf.FieldMask",
                          id: 2,
                        },
                      },
                    },
                    CreateCryptoKeyVersionRequest: {
                      fields: {
                        parent: {
                          type: "string",
                          id: 1,
                        },
                        cryptoKeyVersion: {
                          type: "CryptoKeyVersion",
                          id: 2,
                        },
                      },
                    },
                    CreateCryptoKeyRequest: {
                      fields: {
                        parent: {
                          type: "string",
                          id: 1,
                        },
                        cryptoKeyId: {
                          type: "string",
                          id: 2,
                        },
                        cryptoKey: {
                          type: "CryptoKey",
                          id: 3,
                        },
                        skipInitialVersionCreation: {
                          type: "bool",
                          id: 5,
                        },
                        trustedWrappingEnabled: {
                          type: "bool",
                          id: 6,
                        },
                      },
                    },
                    KeyRing: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        createTime: {
                          type: "google.protobuf.Timestamp",
                          id: 2,
                        },
                      },
                    },
                    CreateKeyRingRequest: {
                      fields: {
                        parent: {
                          type: "string",
                          id: 1,
                        },
                        keyRingId: {
                          type: "string",
                          id: 2,
                        },
                        keyRing: {
                          type: "KeyRing",
                          id: 3,
                        },
                      },
                    },
                    PublicKey: {
                      fields: {
                        pem: {
                          type: "string",
                          id: 1,
                        },
                        algorithm: {
                          type: "CryptoKeyVersion.CryptoKeyVersionAlgorithm",
                          id: 2,
                        },
                        pemCrc32c: {
                          type: "google.protobuf.Int64Value",
                          id: 3,
                        },
                        name: {
                          type: "string",
                          id: 4,
                        },
                        protectionLevel: {
                          type: "ProtectionLevel",
                          id: 5,
                        },
                        publicKeyFormat: {
                          type: "PublicKeyFormat",
                          id: 7,
                        },
                        publicKey: {
                          type: "ChecksummedData",
                          id: 8,
                        },
                      },
                      nested: {
                        PublicKeyFormat: {
                          values: {
                            PUBLIC_KEY_FORMAT_UNSPECIFIED: 0,
                            PEM: 1,
                            DER: 2,
                            NIST_PQC: 3,
                            XWING_RAW_BYTES: 4,
                          },
                        },
                      },
                    },
                    ChecksummedData: {
                      fields: {
                        data: {
                          type: "bytes",
                          id: 3,
                        },
                        crc32cChecksum: {
                          type: "google.protobuf.Int64Value",
                          id: 2,
                        },
                      },
                    },
                    GetPublicKeyRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                        publicKeyFormat: {
                          type: "PublicKey.PublicKeyFormat",
                          id: 2,
                        },
                      },
                    },
                    GetCryptoKeyVersionRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                      },
                    },
                    GetCryptoKeyRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                      },
                    },
                    GetKeyRingRequest: {
                      fields: {
                        name: {
                          type: "string",
                          id: 1,
                        },
                      },
                    },
                    ListCryptoKeyVersionsResponse: {
                      fields: {
                        cryptoKeyVersions: {
                          rule: "repeated",
                          type: "CryptoKeyVersion",
                          id: 1,
                        },
                        nextPageToken: {
                          type: "string",
                          id: 2,
                        },
                        totalSize: {
                          type: "int32",
                          id: 3,
                        },
                      },
                    },
                    ListCryptoKeyVersionsRequest: {
                      fields: {
                        parent: {
                          type: "string",
                          id: 1,
                        },
                        pageSize: {
                          type: "int32",
                          id: 2,
                        },
                        pageToken: {
                          type: "string",
                          id: 3,
                        },
                        view: {
                          type: "CryptoKeyVersion.CryptoKeyVersionView",
                          id: 4,
                        },
                        filter: {
                          type: "string",
                          id: 5,
                        },
                        orderBy: {
                          type: "string",
                          id: 6,
                        },
                      },
                    },
                    ListCryptoKeysResponse: {
                      fields: {
                        cryptoKeys: {
                          rule: "repeated",
                          type: "CryptoKey",
                          id: 1,
                        },
                        nextPageToken: {
                          type: "string",
                          id: 2,
                        },
                        totalSize: {
                          type: "int32",
                          id: 3,
                        },
                      },
                    },
                    ListCryptoKeysRequest: {
                      fields: {
                        parent: {
                          type: "string",
                          id: 1,
                        },
                        pageSize: {
                          type: "int32",
                          id: 2,
                        },
                        pageToken: {
                          type: "string",
                          id: 3,
                        },
                        versionView: {
                          type: "CryptoKeyVersion.CryptoKeyVersionView",
                          id: 4,
                        },
                        filter: {
                          type: "string",
                          id: 5,
                        },
                        orderBy: {
                          type: "string",
                          id: 6,
                        },
                      },
                    },
                    ListKeyRingsResponse: {
                      fields: {
                        keyRings: {
                          rule: "repeated",
                          type: "KeyRing",
                          id: 1,
                        },
                        nextPageToken: {
                          type: "string",
                          id: 2,
                        },
                        totalSize: {
                          type: "int32",
                          id: 3,
                        },
                      },
                    },
                    ListKeyRingsRequest: {
                      fields: {
                        parent: {
                          type: "string",
                          id: 1,
                        },
                        pageSize: {
                          type: "int32",
                          id: 2,
                        },
                        pageToken: {
                          type: "string",
                          id: 3,
                        },
                        filter: {
                          type: "string",
                          id: 4,
                        },
                        orderBy: {
                          type: "string",
                          id: 5,
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
        protobuf: {
          nested: {
            Int64Value: {
              fields: {
                value: {
                  type: "int64",
                  id: 1,
                },
              },
            },
            Timestamp: {
              fields: {
                seconds: {
                  type: "int64",
                  id: 1,
                },
                nanos: {
                  type: "int32",
                  id: 2,
                },
              },
            },
            Duration: {
              fields: {
                seconds: {
                  type: "int64",
                  id: 1,
                },
                nanos: {
                  type: "int32",
                  id: 2,
                },
              },
            },
            FieldMask: {
              fields: {
                paths: {
                  rule: "repeated",
                  type: "string",
                  id: 1,
                },
              },
            },
            Any: {
              fields: {
                type_url: {
                  type: "string",
                  id: 1,
                },
                value: {
                  type: "bytes",
                  id: 2,
                },
              },
            },
          },
        },
        iam: {
          nested: {
            v1: {
              nested: {
                IAMPolicy: {
                  methods: {
                    TestIamPermissions: {
                      requestType: "TestIamPermissionsRequest",
                      responseType: "TestIamPermissionsResponse",
                    },
                  },
                },
                TestIamPermissionsResponse: {
                  fields: {
                    permissions: {
                      rule: "repeated",
                      type: "string",
                      id: 1,
                    },
                  },
                },
                TestIamPermissionsRequest: {
                  fields: {
                    resource: {
                      type: "string",
                      id: 1,
                    },
                    permissions: {
                      rule: "repeated",
                      type: "string",
                      id: 2,
                    },
                  },
                },
              },
            },
          },
        },
        rpc: {
          nested: {
            PreconditionFailure: {
              fields: {
                violations: {
                  rule: "repeated",
                  type: "Violation",
                  id: 1,
                },
              },
              nested: {
                Violation: {
                  fields: {
                    type: {
                      type: "string",
                      id: 1,
                    },
                    subject: {
                      type: "string",
                      id: 2,
                    },
                    description: {
                      type: "string",
                      id: 3,
                    },
                  },
                },
              },
            },
            ErrorInfo: {
              fields: {
                reason: {
                  type: "string",
                  id: 1,
                },
                domain: {
                  type: "string",
                  id: 2,
                },
                metadata: {
                  keyType: "string",
                  type: "string",
                  id: 3,
                },
              },
            },
            Status: {
              fields: {
                code: {
                  type: "int32",
                  id: 1,
                },
                message: {
                  type: "string",
                  id: 2,
                },
                details: {
                  rule: "repeated",
                  type: "google.protobuf.Any",
                  id: 3,
                },
              },
            },
          },
        },
      },
    },
  },
};
