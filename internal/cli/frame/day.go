package frame

import (
	"time"

	"tlsready/internal/message"
	"tlsready/internal/service"
)

// Day is the day that a flag has; the zero day without one.
func (app *App) Day(flag, value string) (service.Date, error) {
	if value == "" {
		return service.Date{}, nil
	}
	day, err := service.ParseDate(value)
	if err != nil {
		return day, app.UsageError("date", message.Str("flag", flag), message.Str("value", value))
	}
	return day, nil
}

// Today is the day of --today, else the clock's.
func (app *App) Today(flag string) (service.Date, error) {
	return app.TodayIn(app.Now.Location(), flag)
}

// TodayIn is the day of --today, else that of the clock in a time zone.
func (app *App) TodayIn(zone *time.Location, flag string) (service.Date, error) {
	if flag != "" {
		return app.Day("--today", flag)
	}
	y, m, d := app.Now.In(zone).Date()
	return service.Date{Time: time.Date(y, m, d, 0, 0, 0, 0, time.UTC)}, nil
}
