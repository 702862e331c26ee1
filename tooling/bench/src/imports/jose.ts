import "jose";
