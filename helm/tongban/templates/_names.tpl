{{/* Names, labels and paths that several manifests share. */}}
{{- define "tongban.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "tongban.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "tongban.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "tongban.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "tongban.selector" -}}
app.kubernetes.io/name: {{ include "tongban.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tongban.labels" -}}
{{ include "tongban.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "tongban.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "tongban.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "tongban.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "tongban.partnersMap" -}}
{{- default (printf "%s-partners" (include "tongban.fullname" .)) .Values.partners.configMap }}
{{- end }}

{{- define "tongban.dialectsMap" -}}
{{- default (printf "%s-dialects" (include "tongban.fullname" .)) .Values.dialects.configMap }}
{{- end }}

{{- define "tongban.catalogueMap" -}}
{{- default (printf "%s-catalogue" (include "tongban.fullname" .)) .Values.catalogue.configMap }}
{{- end }}

{{/* The configuration file: what the chart decides wins over .Values.config, whose schema leaves those keys out. */}}
{{- define "tongban.configuration" -}}
{{- $tls := dict "certificate" "/etc/tongban/tls/gateway/tls.crt" "key" "/etc/tongban/tls/gateway/tls.key" "client_ca" (printf "/etc/tongban/tls/clients/%s" .Values.certificates.clients.caKey) }}
{{- if .Values.certificates.clients.crlKey }}
{{- $_ := set $tls "crl" (printf "/etc/tongban/tls/clients/%s" .Values.certificates.clients.crlKey) }}
{{- end }}
{{- $ledger := dict "kind" .Values.ledger.kind }}
{{- if eq .Values.ledger.kind "kafka" }}
{{- $kafka := dict "bootstrap" .Values.ledger.kafka.bootstrap }}
{{- if .Values.ledger.kafka.secretName }}
{{- $_ := set $kafka "tls" (dict "ca" "/etc/tongban/tls/kafka/ca.crt" "certificate" "/etc/tongban/tls/kafka/tls.crt" "key" "/etc/tongban/tls/kafka/tls.key") }}
{{- end }}
{{- $_ := set $ledger "kafka" $kafka }}
{{- else }}
{{- $_ := set $ledger "embedded" (dict "directory" "/var/lib/tongban/ledger") }}
{{- end }}
{{- $operations := dict "port" 9443 "address" "127.0.0.1" "mutual_tls" false }}
{{- if .Values.operations.exposed }}
{{- $operations = dict "port" 9443 "address" "0.0.0.0" "mutual_tls" true }}
{{- end }}
{{- $materials := dict "kind" .Values.materials.kind "directory" "/var/lib/tongban/materials" "staging" "/var/lib/tongban/uploads" }}
{{- if .Values.materials.claimName }}
{{- $_ := set $materials "directory" "/var/lib/tongban-materials" }}
{{- end }}
{{- if eq .Values.materials.kind "s3" }}
{{- $s3 := dict "endpoint" (required "materials.s3.endpoint is needed" .Values.materials.s3.endpoint) "bucket" (required "materials.s3.bucket is needed" .Values.materials.s3.bucket) "region" .Values.materials.s3.region "access_key" "/etc/tongban/s3/accessKey" "secret_key" "/etc/tongban/s3/secretKey" }}
{{- if .Values.materials.s3.caInSecret }}
{{- $_ := set $s3 "ca" "/etc/tongban/s3/ca.crt" }}
{{- end }}
{{- $_ := set $materials "s3" $s3 }}
{{- else if and (gt (int .Values.replicas) 1) (not .Values.materials.claimName) }}
{{- fail "several replicas need materials.kind s3, or materials.claimName of a volume that all may write" }}
{{- end }}
{{- $ours := dict
      "gateway" (dict "address" "0.0.0.0" "port" 8443 "tls" $tls)
      "operations" $operations
      "ledger" $ledger
      "view" (dict "directory" "/var/lib/tongban/view")
      "materials" $materials
      "partners" "/etc/tongban/partners"
      "dialects" "/etc/tongban/dialects" }}
{{- if .Values.catalogue.items }}
{{- $catalogue := dict "items" (printf "/etc/tongban/catalogue/%s" .Values.catalogue.items) }}
{{- if .Values.catalogue.agreements }}
{{- $_ := set $catalogue "agreements" (printf "/etc/tongban/catalogue/%s" .Values.catalogue.agreements) }}
{{- end }}
{{- $_ := set $ours "catalogue" $catalogue }}
{{- end }}
{{- if .Values.calendar }}
{{- $_ := set $ours "calendar" (dict "file" "/etc/tongban/config/calendar.yaml") }}
{{- end }}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.config) $ours) }}
{{- end }}

{{/* The program asks its own operations listener, from within the pod. */}}
{{- define "tongban.probe" -}}
{{- if .root.Values.operations.exposed }}
command: [tongban, probe, {{ .check }}, --port, "9443", --cert, /etc/tongban/tls/operator/tls.crt, --key, /etc/tongban/tls/operator/tls.key]
{{- else }}
command: [tongban, probe, {{ .check }}, --port, "9443"]
{{- end }}
{{- end }}
