//go:build tools

// Keeps the pin of the S3 server in go.mod.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"
