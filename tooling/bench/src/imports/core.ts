import "@kms/core";
