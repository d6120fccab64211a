//go:build tools

// Package tools pins the chart tools of ./test (go.mod, go.sum).
package tools

import (
	_ "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"
	_ "helm.sh/helm/v3/cmd/helm"
)
