import "@kms/core";
import "@kms/envelope";
