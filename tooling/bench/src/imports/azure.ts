import "@kms/core";
import "@kms/azure";
