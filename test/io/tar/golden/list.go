// Prints how Go's archive/tar lists the plain tars named on standard input, relative to the folder given as argument:
// path, ok or error, number of members, SHA-256 of the canonical listing. What Docker, containerd, podman and umoci
// make of a layer begins with exactly this reader. golden/go.tsv was made with Go 1.26:
//
//	cut -f1 "$STRATA_CORPORA/ORACLE.tsv" | grep '\.tar$' | go run list.go "$STRATA_CORPORA" > go.tsv
package main

import (
	"archive/tar"
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
)

const hashed = 1 << 24 // larger contents (holes, mostly) are not digested

func kind(h *tar.Header) string {
	switch h.Typeflag {
	case tar.TypeDir, 'D':
		return "directory"
	case tar.TypeSymlink:
		return "symlink"
	case tar.TypeLink:
		return "hardlink"
	case tar.TypeChar:
		return "character"
	case tar.TypeBlock:
		return "block"
	case tar.TypeFifo:
		return "fifo"
	}
	return "file"
}

func line(h *tar.Header, r io.Reader) (string, error) {
	k := kind(h)
	size, link, device, digest := int64(0), "", "0:0", "-"
	if k == "file" {
		size = h.Size
		if h.Size < hashed {
			sum := sha256.New()
			if _, err := io.Copy(sum, r); err != nil {
				return "", err
			}
			digest = fmt.Sprintf("%x", sum.Sum(nil))
		}
	}
	if k == "symlink" || k == "hardlink" {
		link = h.Linkname
	}
	if k == "character" || k == "block" {
		device = fmt.Sprintf("%d:%d", h.Devmajor, h.Devminor)
	}
	var xattrs []string
	for key, value := range h.Xattrs {
		xattrs = append(xattrs, fmt.Sprintf("%x=%x", key, value))
	}
	sort.Strings(xattrs)
	return fmt.Sprintf("%s %x %o %d %d %d %d.%09d %x %s %v %s\n", k, h.Name, h.Mode&0o7777, h.Uid, h.Gid, size,
		h.ModTime.Unix(), h.ModTime.Nanosecond(), link, device, xattrs, digest), nil
}

func list(path string) (state string, count int, digest string) {
	sum := sha256.New()
	state = "error"
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	r := tar.NewReader(bufio.NewReader(file))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return "ok", count, fmt.Sprintf("%x", sum.Sum(nil))
		}
		if err != nil {
			return
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		text, err := line(h, r)
		if err != nil {
			return
		}
		count++
		io.WriteString(sum, text)
		if os.Getenv("SHOW") != "" {
			fmt.Print(text)
		}
	}
}

func main() {
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		state, count, digest := list(filepath.Join(os.Args[1], names.Text()))
		fmt.Printf("%s\t%s\t%d\t%s\n", names.Text(), state, count, digest)
	}
}
