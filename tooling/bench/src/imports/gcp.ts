import "@kms/core";
import "@kms/gcp";
