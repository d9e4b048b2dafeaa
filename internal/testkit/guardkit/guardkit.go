// Package guardkit has a guard for tests of the console that are not about who asks.
package guardkit

import (
	"net/http"

	"tlsready/internal/console/web"
)

// Everybody lets everybody in as administrator of the tenant that it names.
type Everybody string

// Routes are none: nobody signs in.
func (Everybody) Routes() []web.Route { return nil }

// Challenge is never called: all are known.
func (Everybody) Challenge(http.ResponseWriter, *http.Request) {}

// Around makes the visitor known.
func (tenant Everybody) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := web.Visitor{Name: "local", Right: web.Admin, Tenant: string(tenant), Everywhere: true}
		next.ServeHTTP(w, r.WithContext(web.With(r.Context(), v)))
	})
}
