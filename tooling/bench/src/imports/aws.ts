import "@kms/core";
import "@kms/aws";
