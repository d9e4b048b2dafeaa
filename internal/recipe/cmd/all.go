package cmd

import (
	"strconv"

	"tlsready/internal/message"
	"tlsready/internal/recipe"
)

// WriteAll gives apply.cmd, undo.cmd and verify.cmd for all groups.
func WriteAll(a recipe.All, w *message.Catalog) ([]recipe.File, error) {
	var files []recipe.File
	for _, r := range []recipe.Role{recipe.Apply, recipe.Undo, recipe.Verify} {
		c := &writer{words: w, role: r}
		c.head(recipe.HeadAll(a, r, w))
		c.elevated()
		c.pick(a)
		for i, p := range a.Groups {
			if err := c.take(p); err != nil {
				return nil, err
			}
			c.group = "_" + strconv.Itoa(i+1)
			c.add(":group" + c.group)
			for _, line := range recipe.Head(p, r, w)[1:] {
				c.add("rem - " + comment(line))
			}
			c.body()
		}
		c.tail()
		data, err := encode(c.lines, w.Lang())
		if err != nil {
			return nil, err
		}
		files = append(files, recipe.File{Name: string(r) + ".cmd", Data: data})
	}
	return files, nil
}

// pick goes to the group of the computer. If several have its name, the full DNS name
// decides. It comes from two values that the system keeps, because USERDNSDOMAIN is the
// user's domain, and start-up scripts have none.
func (c *writer) pick(a recipe.All) {
	c.add("rem " + recipe.GroupsMark)
	if len(a.Shared) > 0 {
		const tcpip = `"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"`
		c.add(`set "FULL=%COMPUTERNAME%"`, `set "DOMAIN="`)
		for _, part := range [][2]string{{"Hostname", "FULL"}, {"Domain", "DOMAIN"}} {
			c.add(`for /f "tokens=2,*" %%K in ('reg query ` + tcpip + ` /v ` + part[0] + ` 2^>nul') do if not "%%L"=="" set "` + part[1] + `=%%L"`)
		}
		c.add(`if defined DOMAIN set "FULL=%FULL%.%DOMAIN%"`)
	}
	for _, p := range a.Picks {
		also := ""
		if p.ByFull {
			also = `if /i "%FULL%"=="` + p.Computer.Full + `" `
		}
		c.add(`if /i "%COMPUTERNAME%"=="` + p.Computer.Name + `" ` + also + "goto group_" + strconv.Itoa(p.Group+1))
	}
	for _, name := range a.Shared {
		c.add(`if /i "%COMPUTERNAME%"=="` + name + `" goto shared`)
	}
	c.echo("run.elsewhere")
	c.result("elsewhere", recipe.ExitDone, recipe.RestartNone)
	c.add("goto end")
	if len(a.Shared) > 0 {
		c.add(":shared")
		c.echo("run.shared")
		c.result("failed", recipe.ExitFailed, recipe.RestartNone)
		c.add(`echo "%FULL%"`, "goto end")
	}
}
