// Writes a database for trivy from advisories in the layout of the OSV bucket, so that trivy judges by
// the same data as everybody in the bench. Buckets and values are those of trivy-db's schema 2.
//
//	trivy_db ADVISORIES CACHE_DIR
package main

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	bolt "go.etcd.io/bbolt"
)

type record struct {
	ID        string
	Aliases   []string
	Summary   string
	Withdrawn string
	Affected  []struct {
		Package struct{ Name, Ecosystem string }
		Ranges  []struct {
			Type   string
			Events []map[string]string
		}
	}
}

type advisory struct {
	FixedVersion       string   `json:",omitempty"`
	VulnerableVersions []string `json:",omitempty"`
	PatchedVersions    []string `json:",omitempty"`
}

// Root bucket of a language ecosystem: trivy's name for it, then a source.
var languages = map[string]string{
	"PyPI": "pip::OSV", "npm": "npm::OSV", "Go": "go::OSV", "crates.io": "cargo::OSV",
	"RubyGems": "rubygems::OSV", "Packagist": "composer::OSV",
}

// Root bucket of a distribution's release.
var distributions = map[string]string{"Debian": "debian ", "Alpine": "alpine ", "AlmaLinux": "alma ", "Wolfi": "wolfi"}

func bucket(ecosystem string) (name string, language bool) {
	family, release, _ := strings.Cut(ecosystem, ":")
	if name, ok := languages[family]; ok {
		return name, true
	}
	if name, ok := distributions[family]; ok {
		return name + strings.TrimPrefix(release, "v"), false
	}
	return "", false
}

func main() {
	source, cache := os.Args[1], os.Args[2]
	folder := filepath.Join(cache, "db")
	must(os.MkdirAll(folder, 0o755))
	must(os.RemoveAll(filepath.Join(folder, "trivy.db")))
	db, err := bolt.Open(filepath.Join(folder, "trivy.db"), 0o644, &bolt.Options{NoSync: true})
	must(err)
	archives, err := filepath.Glob(filepath.Join(source, "*", "all.zip"))
	must(err)
	count := 0
	for _, archive := range archives {
		must(db.Update(func(tx *bolt.Tx) error { return load(tx, archive, &count) }))
	}
	must(db.Close())
	metadata := `{"Version":2,"NextUpdate":"2999-01-01T00:00:00Z","UpdatedAt":"2026-01-01T00:00:00Z","DownloadedAt":"2026-01-01T00:00:00Z"}`
	must(os.WriteFile(filepath.Join(folder, "metadata.json"), []byte(metadata), 0o644))
	fmt.Println(count, "advisories")
}

func load(tx *bolt.Tx, archive string, count *int) error {
	members, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer members.Close()
	for _, member := range members.File {
		file, err := member.Open()
		if err != nil {
			return err
		}
		content, err := io.ReadAll(file)
		file.Close()
		if err != nil {
			return err
		}
		var one record
		if json.Unmarshal(content, &one) != nil || one.Withdrawn != "" {
			continue
		}
		if err := put(tx, &one); err != nil {
			return err
		}
		*count++
	}
	return nil
}

func put(tx *bolt.Tx, one *record) error {
	id := one.ID
	for _, alias := range one.Aliases {
		if strings.HasPrefix(alias, "CVE-") {
			id = alias
			break
		}
	}
	for _, affected := range one.Affected {
		root, language := bucket(affected.Package.Ecosystem)
		if root == "" {
			continue
		}
		var value advisory
		for _, r := range affected.Ranges {
			from := ""
			for _, event := range r.Events {
				if introduced, ok := event["introduced"]; ok {
					from = introduced
				}
				if fixed, ok := event["fixed"]; ok {
					value.FixedVersion = fixed
					value.PatchedVersions = append(value.PatchedVersions, fixed)
					value.VulnerableVersions = append(value.VulnerableVersions, span(from, "<"+fixed))
				}
				if last, ok := event["last_affected"]; ok {
					value.VulnerableVersions = append(value.VulnerableVersions, span(from, "<="+last))
				}
			}
		}
		if language {
			value.FixedVersion = ""
		} else {
			value.VulnerableVersions, value.PatchedVersions = nil, nil
		}
		if err := nested(tx, value, root, affected.Package.Name, id); err != nil {
			return err
		}
		data := map[string]string{"ID": "osv", "Name": "OSV", "URL": "https://osv.dev"}
		if err := nested(tx, data, "data-source", root); err != nil {
			return err
		}
	}
	return nested(tx, map[string]string{"Title": one.Summary}, "vulnerability", id)
}

func span(from, to string) string {
	if from == "" || from == "0" {
		return to
	}
	return ">=" + from + ", " + to
}

// Puts a value under a path of buckets, the last part of which is the key.
func nested(tx *bolt.Tx, value any, path ...string) error {
	bucket, err := tx.CreateBucketIfNotExists([]byte(path[0]))
	for _, name := range path[1 : len(path)-1] {
		if err == nil {
			bucket, err = bucket.CreateBucketIfNotExists([]byte(name))
		}
	}
	if err != nil {
		return err
	}
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return bucket.Put([]byte(path[len(path)-1]), content)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
